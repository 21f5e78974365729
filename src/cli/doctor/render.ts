import type { DoctorResult, RungRecord } from '../../core/wire/doctor.js'
import { printable, wrapped } from '../render/table.js'
import { localInstants } from '../render/time.js'

/** Columns of the state, the rung and the place. */
const WIDTHS = { state: 8, rung: 13, place: 24 } as const

/** One rung as one line; what is wrong is said at length in the verdict. */
export function renderRung({ state, rung, place, text }: RungRecord): string {
  const [head, ...more] = wrapped(localInstants(printable(text)))
  const columns = [
    printable(state).padEnd(WIDTHS.state),
    printable(rung).padEnd(WIDTHS.rung),
    printable(place).padEnd(WIDTHS.place),
  ].join(' ')
  const first = `  ${columns} ${(head ?? '').trim()}`
  const isShort = more.length === 0 && first.length <= LINE_MAX
  return isShort ? first : [`  ${columns.trimEnd()}`, head ?? '', ...more].join('\n')
}

const LINE_MAX = 120

export function renderVerdict({ verdict }: Pick<DoctorResult, 'verdict'>): string {
  return localInstants(printable(verdict))
}

export function renderTicket({ ticket }: Pick<DoctorResult, 'ticket'>): string {
  return (ticket ?? []).map(printable).join('\n')
}
