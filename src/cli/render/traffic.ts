import type { HealthReading } from '../../core/wire/health-reading.js'
import { table } from './table.js'
import { shortTime } from './time.js'

type Attachment = NonNullable<HealthReading['attachments']>[string]
type Probe = NonNullable<Attachment['probe']>
type Target = NonNullable<Probe['targets']>[string]
type FullSize = NonNullable<Target['fullSize']>
type Rates = NonNullable<Attachment['rates']>

/** What of the health is about traffic: the rates of ports and connections, the rates and probes of attachments. */
export function trafficOf({ ports = {}, connections = {}, attachments = {} }: HealthReading) {
  return {
    ports: mapped(ports, ratesOnly),
    connections: mapped(connections, ratesOnly),
    attachments: mapped(attachments, ({ rates, probe }) => ({
      ...(rates === undefined ? {} : { rates }),
      ...(probe === undefined ? {} : { probe }),
    })),
  }
}

function ratesOnly({ rates }: { readonly rates?: Rates }) {
  return rates === undefined ? {} : { rates }
}

function mapped<Part, To>(parts: Readonly<Record<string, Part>>, to: (part: Part) => To) {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, to(part)]))
}

/**
 * One line for each address that is probed, one below it for the full-size packets to it, and then one for each port,
 * connection of which the bandwidth is known, and attachment; `now` is the wall clock.
 */
export function renderTraffic(health: HealthReading, now: Date): string {
  const probes = Object.entries(health.attachments ?? {}).flatMap(([name, { probe }]) =>
    Object.entries(probe?.targets ?? {}).flatMap(([address, target]) => [
      [name, address, 'small', ...measuredCells(target, now), timeText(target.roundTripTime)],
      ...fullSizeRows(target.fullSize, now),
    ]),
  )
  const probed =
    probes.length === 0
      ? 'No attachment is probed: the intent asks for it with "probe".'
      : table(PROBE_HEAD, probes)
  return [probed, '', rateTable(health)].join('\n')
}

const PROBE_HEAD = [
  ...['attachment', 'target', 'packet', 'state', 'loss 10s', 'loss 60s'],
  'rtt min/avg/max',
]

/** A row below that of its target. */
function fullSizeRows(fullSize: Target['fullSize'], now: Date): readonly (readonly string[])[] {
  if (fullSize === undefined) return []
  return [['', '', String(fullSize.size ?? '?'), ...measuredCells(fullSize, now)]]
}

function measuredCells(measured: Target | FullSize, now: Date): readonly string[] {
  return [measuredText(measured, now), percent(measured.loss10s), percent(measured.loss60s)]
}

function measuredText({ state, lastAnswered }: Target | FullSize, now: Date): string {
  const word = (state ?? 'unknown').toLowerCase().replace('-', ' ')
  return lastAnswered === undefined ? word : `${word} since ${shortTime(lastAnswered, now)}`
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${Number(value.toFixed(1))} %`
}

function timeText(time: Target['roundTripTime']): string {
  if (time === undefined) return '-'
  return `${[time.min, time.avg, time.max].map((ms) => ms?.toFixed(1) ?? '?').join('/')} ms`
}

function rateTable({ ports = {}, connections = {}, attachments = {} }: HealthReading): string {
  const row = (kind: string, name: string, rates: Rates | undefined): readonly string[] =>
    rates === undefined ? [kind, name, 'not known'] : [kind, name, ...rateCells(rates)]
  return table(RATE_HEAD, [
    ...Object.entries(ports).map(([name, { rates }]) => row('port', name, rates)),
    ...Object.entries(connections).flatMap(([name, { rates }]) =>
      rates === undefined ? [] : [row('connection', name, rates)],
    ),
    ...Object.entries(attachments).map(([name, { rates }]) => row('attachment', name, rates)),
  ])
}

const RATE_HEAD = [
  ...['kind', 'name', 'in bit/s', 'out bit/s', 'in pkt/s', 'out pkt/s'],
  ...['util in/out', 'errors/s in/out', 'discards/s in/out'],
]

/** A rate that is absent is none; a utilization that is absent is not known. */
function rateCells(rates: Rates): readonly string[] {
  return [
    ...[amount(rates.inBits), amount(rates.outBits), amount(rates.inPkts), amount(rates.outPkts)],
    `${percent(rates.inUtilization)} / ${percent(rates.outUtilization)}`,
    `${few(rates.inErrors)} / ${few(rates.outErrors)}`,
    `${few(rates.inDiscards)} / ${few(rates.outDiscards)}`,
  ]
}

const UNITS = ['', 'k', 'M', 'G', 'T']

/** A rate with two or three digits: `0`, `12k`, `9.8G`. */
export function amount(value = 0): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  return `${scaled >= 10 || power === 0 ? Math.round(scaled) : scaled.toFixed(1)}${UNITS[power] ?? ''}`
}

/** Errors and discards are counted in hundredths: one in a minute matters. */
function few(value = 0): string {
  return value >= 100 ? amount(value) : String(Number(value.toFixed(2)))
}
