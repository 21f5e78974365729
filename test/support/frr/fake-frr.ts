import { parseConfig } from '../../../src/core/frr/tree.js'
import { fault, type Fault } from '../../../src/core/base/fault.js'
import type { FrrStep, HaveFrr } from '../../../src/core/model/plan.js'
import { fakeStatic } from './fake-static.js'
import { execute, newTables, type Mode, type Tables } from './fake-frr-commands.js'

/** What a test may do with an FRR, real or fake. */
export interface FrrBench {
  readonly read: () => Promise<HaveFrr>
  readonly apply: (step: FrrStep) => Promise<Fault | null>
}

export interface FakeFrr extends FrrBench {
  /** As an operator would type it; throws on a refused line. */
  readonly type: (...lines: readonly string[]) => void
  readonly config: () => string
}

/** An FRR that keeps configuration and says no where the real one does. It has no sessions. */
export function fakeFrr(version = '8.4.4'): FakeFrr {
  const tables = newTables(version)
  const statics = fakeStatic()
  const routesDaemon = version.startsWith('8.') ? 'staticd' : 'mgmtd'

  function run(lines: readonly string[]): Fault | null {
    let mode: Mode = { at: 'config' }
    for (const line of lines) {
      const next = execute(tables, mode, line)
      if (typeof next !== 'string') mode = next
      else return fault('FRR_REFUSED', 'bgpd', `\`${line}\`: ${next}`)
    }
    return null
  }

  function route({ daemon, lines }: FrrStep): Fault | null {
    for (const line of lines) {
      const refused = statics.type(line)
      if (refused !== undefined) return fault('FRR_REFUSED', daemon, `\`${line}\`: ${refused}`)
    }
    return null
  }

  return {
    read: () =>
      Promise.resolve({
        version,
        bgpd: parseConfig(printBgpd(tables)),
        bfdd: parseConfig(printBfdd(tables)),
        routes: { daemon: routesDaemon, config: parseConfig(statics.config()), fault: null },
        faults: [],
      }),
    apply: (step) => Promise.resolve(step.daemon === routesDaemon ? route(step) : run(step.lines)),
    type(...lines) {
      const refused = run(lines)
      if (refused !== null) throw new Error(refused.message)
    },
    config: () => printBgpd(tables) + printBfdd(tables),
  }
}

function printBgpd({ lists, maps, routers }: Tables): string {
  const printed = [
    'frr version 8.4.4',
    '!',
    ...[...lists].flatMap(([name, rules]) =>
      rules.map(({ seq, text }) => `${name} seq ${seq} ${text}`),
    ),
    ...[...maps].flatMap(([entry, lines]) => [`route-map ${entry}`, ...inside(lines), 'exit', '!']),
    ...[...routers.values()].flatMap(({ header, lines, families }) => [
      header,
      ...inside(lines),
      ...[...families]
        .filter(([, own]) => own.size > 0)
        .flatMap(([family, own]) => [
          ' !',
          ` address-family ${family}`,
          ...inside(own).map((line) => ` ${line}`),
          ' exit-address-family',
        ]),
      'exit',
    ]),
  ]
  return `${printed.join('\n')}\n`
}

/** Settings that have their default are left out, as FRR does. */
const UNPRINTED = new Set(['detect-multiplier 3', 'transmit-interval 300', 'receive-interval 300'])

function printBfdd({ profiles }: Tables): string {
  if (profiles.size === 0) return ''
  const printed = [...profiles].flatMap(([name, lines]) => [
    ` profile ${name}`,
    ...inside(lines)
      .filter((line) => !UNPRINTED.has(line.trim()))
      .map((line) => ` ${line}`),
    ' exit',
    ' !',
  ])
  return ['bfd', ...printed, 'exit'].join('\n')
}

function inside(lines: ReadonlyMap<string, string>): string[] {
  return [...lines.values()].map((line) => ` ${line}`)
}
