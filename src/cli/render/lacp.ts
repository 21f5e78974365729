import type { HealthReading } from '../../core/wire/health-reading.js'
import { folded, printable, table } from './table.js'
import { span } from './time.js'
import type { Seconds } from '../../core/base/time.js'

type Connection = NonNullable<HealthReading['connections']>[string]
type Lacp = NonNullable<Connection['lacp']>
type Member = NonNullable<Lacp['members']>[string]

/** Each bundle with both ends of its members, two lines for each member. */
export function renderLacp(health: HealthReading): string {
  const bundles = Object.entries(health.connections ?? {}).flatMap(
    ([name, { lacp, redundancy }]) =>
      lacp === undefined ? [] : [[...headLines(name, lacp, redundancy), members(lacp)].join('\n')],
  )
  return bundles.length === 0 ? 'No connection is a bundle.' : bundles.join('\n\n')
}

function headLines(
  name: string,
  { members: all, partnerId, partnerKey, actorKey }: Lacp,
  redundancy: Connection['redundancy'],
): readonly string[] {
  const inUse = Object.values(all ?? {}).filter(({ inAggregate }) => inAggregate === true).length
  const partner = `partner ${printable(partnerId ?? '?')} key ${partnerKey ?? '?'}`
  return [
    ...folded(
      `${printable(name)}: ${inUse} of ${Object.keys(all ?? {}).length} in aggregate, key ${actorKey ?? '?'}, ${partner}`,
    ),
    ...(redundancy === undefined ? [] : folded(`lost redundancy: ${lostText(redundancy)}`)),
  ]
}

function lostText({ day, week }: NonNullable<Connection['redundancy']>): string {
  const text = (lost: typeof day): string =>
    `${lost?.losses ?? '?'} times, ${span((lost?.memberSeconds ?? 0) as Seconds)} of a port`
  return `${text(day)} within 24 h; ${text(week)} within 7 d`
}

const HEAD = ['port', 'end', 'system', 'key', 'no', 'mode', 'churn', 'lacpdus', 'state']

function members({ members: all = {} }: Lacp): string {
  const rows = Object.entries(all).flatMap(([port, member]) => {
    const { actorState, partnerState, pdus } = member
    return [
      [
        ...[port, 'actor', '', number(member.key), number(member.portNumber)],
        ...[modeOf(actorState), churn(member.actorChurn), `sent ${number(pdus?.sent)}`],
        stateOf(actorState, member),
      ],
      [
        ...['', 'partner', system(member), number(member.partnerKey)],
        ...[number(member.partnerPortNumber), modeOf(partnerState), churn(member.partnerChurn)],
        ...[`received ${number(pdus?.received)}`, stateOf(partnerState, undefined)],
      ],
    ]
  })
  return table(HEAD, rows)
}

function system({ partnerId, partnerState }: Member): string {
  return partnerState === undefined ? 'none' : (partnerId ?? '?')
}

function number(value: number | undefined): string {
  return value === undefined ? '?' : String(value)
}

function churn(state: string | undefined): string {
  return (state ?? '?').toLowerCase()
}

/** The bits that are settings, in the words of the intent. */
function modeOf(state: readonly string[] | undefined): string {
  if (state === undefined) return ''
  const mode = state.includes('ACTIVITY') ? 'active' : 'passive'
  return `${mode} ${state.includes('TIMEOUT') ? 'fast' : 'slow'}`
}

/** What can be wrong is named by its bit, what is as it should be by one word. */
const WORKING = ['AGGREGATION', 'SYNCHRONIZATION', 'COLLECTING', 'DISTRIBUTING']

/** The other bits: `up` where the port carries traffic, else what is missing and what is too much. */
function stateOf(state: readonly string[] | undefined, member: Member | undefined): string {
  if (state === undefined) return ''
  if (member?.operStatus === 'DOWN') return 'no link'
  const words = [
    ...WORKING.filter((bit) => !state.includes(bit)).map((bit) => `no ${bit.toLowerCase()}`),
    ...['DEFAULTED', 'EXPIRED']
      .filter((bit) => state.includes(bit))
      .map((bit) => bit.toLowerCase()),
  ]
  return words.length === 0 ? 'up' : words.join(', ')
}
