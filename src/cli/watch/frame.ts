import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import type { HealthReading } from '../../core/wire/health-reading.js'
import type { ChangeProgress } from '../../core/wire/messages.js'
import { lightBar } from './light-bar.js'
import { ageText, localInstants, shortTime, span } from '../render/time.js'
import { amount } from '../render/traffic.js'

/** An event; its words may be those of another version of demarc. */
interface ShownEvent {
  readonly at: string
  readonly severity: string
  readonly kind: string
  readonly name: string
  readonly message: string
}

/** What `demarc watch` shows of the router. */
export interface WatchView {
  readonly router: string
  readonly health: HealthReading
  /** Newest last. */
  readonly events: readonly ShownEvent[]
  /** The newest word of a change; null: there was none. */
  readonly change: ChangeProgress | null
}

type Parts<Kind extends 'ports' | 'connections' | 'neighbors'> = NonNullable<HealthReading[Kind]>
type Port = Parts<'ports'>[string]

/** Lines for events, where there are as many. */
const EVENTS_MIN = 4

/**
 * The screen of `demarc watch`: at most `rows` lines of at most `columns` characters, each one cell wide. What a peer
 * has sent cannot contain a control character. `now` is the wall clock, ms since 1970.
 */
export function renderFrame(
  view: WatchView,
  { columns, rows }: { readonly columns: number; readonly rows: number },
  now: Millis,
): readonly string[] {
  const head = [titleLine(view, now), ...changeLines(view.change, now)]
  const room = Math.max(0, rows - head.length - EVENTS_MIN)
  const parts = shared(
    [portLines(view.health), bundleLines(view.health), sessionLines(view.health, now)],
    room,
  )
  const above = [...head, ...parts]
  const events = eventLines(view.events, Math.max(0, rows - above.length - 1), now)
  return [...above, 'EVENTS', ...events]
    .slice(0, Math.max(0, rows))
    .map((line) => cell(line, columns))
}

function titleLine({ router, health }: WatchView, now: Millis): string {
  const severity = health.router?.severity ?? 'unknown'
  const { hostname } = health.router ?? {}
  const host = hostname === undefined ? '' : ` on ${hostname}`
  return `demarc ${router}${host}  health ${severity}  ${shortTime(new Date(now).toISOString(), new Date(now))}  Ctrl-C ends`
}

const SETTLED: readonly string[] = ['confirmed', 'rolled-back']

/** The change under way, with the time that is left; nothing once it has settled. */
function changeLines(change: ChangeProgress | null, now: Millis): readonly string[] {
  if (change === null || SETTLED.includes(change.phase)) return []
  const { generation, phase, until } = change
  const left = until === undefined ? null : Date.parse(until) - now
  const countdown =
    left === null || Number.isNaN(left)
      ? ''
      : `, rolled back in ${span(toSeconds(millis(Math.max(0, left))))} unless it is confirmed`
  return [`CHANGE  generation ${generation}  ${phase}${countdown}`]
}

interface Section {
  readonly head: string
  /** The worst first. */
  readonly lines: readonly string[]
}

/** The sections in this many lines: each keeps its share, and says how many lines it leaves out. */
function shared(sections: readonly Section[], room: number): readonly string[] {
  const filled = sections.filter(({ lines }) => lines.length > 0)
  let left = room
  return filled.flatMap(({ head, lines }, at) => {
    const share = Math.floor(left / (filled.length - at))
    // Without room for a heading, the worst part says more.
    const shown = share < 2 ? lines.slice(0, share) : [head, ...limited(lines, share - 1)]
    left -= shown.length
    return shown
  })
}

function limited(lines: readonly string[], room: number): readonly string[] {
  if (lines.length <= room) return lines
  const shown = lines.slice(0, Math.max(0, room - 1))
  return [...shown, `  … and ${lines.length - shown.length} more`]
}

const ORDER: readonly string[] = ['critical', 'warning', 'unknown', 'ok']

/** The parts of one kind, the worst first. */
function worstFirst<Part extends { readonly severity?: string }>(
  parts: Readonly<Record<string, Part>> | undefined,
): readonly (readonly [string, Part])[] {
  const place = ({ severity }: Part): number => ORDER.indexOf(severity ?? 'unknown')
  return Object.entries(parts ?? {}).toSorted(([, one], [, other]) => place(one) - place(other))
}

const NAME = 15

function portLines({ ports }: HealthReading): Section {
  return {
    head: `${'PORT'.padEnd(NAME)} HEALTH   LINK  RX dBm  ${'low alarm … high'.padEnd(18)} TX dBm  IN / OUT`,
    lines: worstFirst(ports).map(([name, port]) => portLine(name, port)),
  }
}

function portLine(name: string, port: Port): string {
  return [
    cell(name, NAME).padEnd(NAME),
    cell(port.severity ?? 'unknown', 8).padEnd(8),
    (port.operStatus === 'UP' ? rate(port.speed) : 'down').padEnd(5),
    ...light(port.transceiver?.diagnostics),
    ` ${traffic(port.rates)}`,
  ].join(' ')
}

type Diagnostics = NonNullable<Port['transceiver']>['diagnostics']

/** Received light with its bar, and launched light. */
function light({ rxLos, inputPower, outputPower, thresholds }: NonNullable<Diagnostics> = {}) {
  const received = rxLos === true ? undefined : inputPower
  return [
    (rxLos === true ? 'dark' : dbm(received)).padStart(6),
    ` ${lightBar(received, thresholds?.inputPower)}`,
    dbm(outputPower).padStart(6),
  ]
}

function dbm(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(1)
}

/** Mb/s as `10G` or `100M`. */
function rate(megabits: number | undefined): string {
  if (megabits === undefined) return 'up'
  return megabits >= 1000 ? `${megabits / 1000}G` : `${megabits}M`
}

function traffic(rates: Port['rates']): string {
  return rates === undefined ? '-' : `${amount(rates.inBits)} / ${amount(rates.outBits)}`
}

function bundleLines({ connections }: HealthReading): Section {
  const bundles = worstFirst(connections).flatMap(([name, { severity, lifecycle, lacp }]) => {
    const members = Object.values(lacp?.members ?? {})
    const active = members.filter(({ inAggregate }) => inAggregate === true).length
    const bundle =
      lacp === undefined
        ? 'single port'
        : `${active} of ${members.length} in aggregate, partner ${lacp.partnerId ?? '?'}`
    return [
      `${cell(name, NAME).padEnd(NAME)} ${cell(severity ?? 'unknown', 8).padEnd(8)} ${cell(lifecycle ?? '', 9).padEnd(9)} ${bundle}`,
    ]
  })
  return { head: `${'CONNECTION'.padEnd(NAME)} HEALTH   STATE     BUNDLE`, lines: bundles }
}

/** Characters of an IPv6 address. */
const ADDRESS = 39

function sessionLines({ neighbors }: HealthReading, now: Millis): Section {
  const lines = worstFirst(neighbors).map(([name, neighbor]) => {
    const since = ageText(neighbor.lastEstablished, now)
    const prefixes = Object.values(neighbor.prefixes ?? {})
      .map(({ received, sent }) => `${received ?? '?'}/${sent ?? '?'}`)
      .join(' ')
    const state = (neighbor.sessionState ?? 'unknown').toLowerCase()
    return `${cell(name, ADDRESS).padEnd(ADDRESS)} ${cell(state, 11).padEnd(11)} ${since.padEnd(12)} ${prefixes}`
  })
  return { head: `${'SESSION'.padEnd(ADDRESS)} STATE       UP           PREFIXES IN/OUT`, lines }
}

/** The newest events that there is room for, the newest first. */
function eventLines(events: WatchView['events'], room: number, now: Millis): readonly string[] {
  return events
    .slice(-Math.max(1, room))
    .toReversed()
    .slice(0, room)
    .map(({ at, severity, kind, name, message }) => {
      const time = shortTime(at, new Date(now))
      return `${time}  ${cell(severity, 8).padEnd(8)}  ${kind} ${name}: ${localInstants(message)}`
    })
}

/** The text in at most `columns` cells of a terminal. */
function cell(text: string, columns: number): string {
  const characters = Array.from(text, (character) => (isNarrow(character) ? character : '?'))
  if (characters.length <= columns) return characters.join('')
  return columns < 1 ? '' : `${characters.slice(0, columns - 1).join('')}…`
}

/** Characters that every terminal shows in one cell: Latin, Greek and Cyrillic letters, signs, and the ellipsis. */
function isNarrow(character: string): boolean {
  return /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f…]$/u.test(character)
}
