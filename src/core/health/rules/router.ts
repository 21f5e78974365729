import type { Fault } from '../../base/fault.js'
import { millis } from '../../base/time.js'
import type { Finding } from '../../model/health.js'
import type { BmpPlace } from '../../model/host-facts.js'
import type { FrrRemark, HostState, RouterState, Seen, SeenSources } from '../../model/state.js'
import { HOST_CONFLICT_RULES } from './host-conflicts.js'
import { rule, type Rule } from './rule.js'

/** Per cent of memory; below, the kernel reclaims pages that daemons need. */
const MEMORY_LOW = 10
const MEMORY_EXHAUSTED = 5

/** A repair of demarc's own takes less. */
const REPAIR = millis(10_000)
/** Time in which FRR installs the routes of a session that has just come up; a full table takes longest. */
const CONVERGENCE = millis(30_000)

/** bgpd that has the lines dials sooner: after 5 s at most with those of docs/frr.md, and after a restart of its own. */
const BMP_RETRY = millis(60_000)

/** What FRR does otherwise than the intent says; `agent/health` words it. */
const FRR_REMARK_RULES: readonly Rule<RouterState>[] = [
  remark('BGP_INTENT_OVERRIDDEN', 'critical', REPAIR),
  remark('BGP_FOREIGN_SETTING', 'warning', REPAIR),
  remark('BGP_POLICY_DRIFT', 'critical', REPAIR),
  remark('LISTEN_RANGE_NEIGHBOR', 'critical', REPAIR),
  remark('ROUTES_NOT_INSTALLED', 'critical', CONVERGENCE),
  remark('ROUTES_NOT_FROM_BGP', 'critical', CONVERGENCE),
]

export const ROUTER_RULES: readonly Rule<RouterState>[] = [
  rule({
    code: 'FRR_UNREACHABLE',
    severity: 'critical',
    raiseAfter: millis(5000),
    stops: true,
    test: ({ frr }) => {
      const silent = frr.daemons.filter(({ needed, fault }) => needed && fault !== null)
      if (silent.length === 0) return null
      const reasons = silent.map((daemon) => `${daemon.daemon}: ${silence(daemon)}`)
      return `FRR does not answer: ${reasons.join('; ')}. Check frr.service.`
    },
  }),
  rule({
    code: 'OBSERVATION_STALE',
    severity: 'unknown',
    raiseAfter: millis(5000),
    test: ({ seen }) => {
      const stale = Object.entries(SOURCES).flatMap(([source, name]) => {
        const reading = seen[source as keyof SeenSources]
        return reading.fault === null ? [] : [`${name}: ${silence(reading)}`]
      })
      return stale.length === 0
        ? null
        : `Part of this router's health is old, because a source does not answer: ${stale.join('; ')}.`
    },
  }),
  rule({
    code: 'PROBER_FAILED',
    severity: 'warning',
    raiseAfter: millis(5000),
    test: ({ proberFault }) =>
      proberFault === undefined
        ? null
        : `Not all that "probe" asks for is measured: ${proberFault}. Install the package fping, and see "journalctl -u demarcd"; demarc tries again every 10 s.`,
  }),
  rule({
    code: 'BMP_NOT_REPORTING',
    severity: 'warning',
    raiseAfter: BMP_RETRY,
    suppressedBy: ['FRR_UNREACHABLE'],
    test: ({ bmpSilent, neighbors }) =>
      bmpSilent === undefined || neighbors.length === 0 ? null : unreported(bmpSilent),
  }),
  rule({
    code: 'MEMORY_EXHAUSTED',
    severity: 'critical',
    raiseAfter: millis(30_000),
    clearAfter: millis(30_000),
    test: ({ host }) => memoryBelow(host, MEMORY_EXHAUSTED),
  }),
  rule({
    code: 'MEMORY_LOW',
    severity: 'warning',
    raiseAfter: millis(60_000),
    clearAfter: millis(60_000),
    suppressedBy: ['MEMORY_EXHAUSTED'],
    test: ({ host }) => memoryBelow(host, MEMORY_LOW),
  }),
  rule({
    code: 'INTENT_NOT_IN_FORCE',
    severity: 'critical',
    test: ({ unrepaired = [] }) => notInForce(unrepaired.filter(isOwnFinding)),
  }),
  rule({
    code: 'PROVIDER_RULES_CHANGED',
    severity: 'warning',
    test: ({ providers }) =>
      firstOf(providers?.changed, {
        before: 'The profile of a provider has changed since the intent was taken:',
        after: 'Nothing changes before the next push, which is judged by the new profile.',
      }),
  }),
  rule({
    code: 'PROVIDER_PROFILE_BROKEN',
    severity: 'warning',
    test: ({ providers }) =>
      firstOf(providers?.broken, {
        before: 'A file with the profile of a provider cannot be used:',
        after: 'What was good before is in use. Mend the file and reload demarcd.',
      }),
  }),
  ...FRR_REMARK_RULES,
  ...HOST_CONFLICT_RULES,
]

function unreported({ address, port }: BmpPlace): string {
  return `"[frr] bmp" is set, and bgpd reports no session to ${address} port ${port}: start bgpd with "-M bmp" and give each "router bgp" block the lines "bmp targets demarc" and "bmp connect ${address} port ${port} min-retry 1000 max-retry 5000", or remove the setting (docs/frr.md).`
}

/**
 * Drift that the settings leave alone, or that another program fights for, is reported as an event; an FRR daemon
 * that does not answer has a finding of its own.
 */
function isOwnFinding({ code }: Fault): boolean {
  return code !== 'DRIFT' && code !== 'FRR_UNAVAILABLE'
}

/** Characters of a fault's message in the sentence, which must fit the wire. */
const CAUSE_MAX = 700

function notInForce([first, ...more]: readonly Fault[]): string | null {
  if (first === undefined) return null
  const others = more.length === 0 ? '' : ` "demarc status" shows ${more.length} more.`
  return `The router is not as the intent says: ${first.code} ${first.at}: ${first.message.slice(0, CAUSE_MAX)}.${others}`
}

/** A sentence about the first of several faults. */
function firstOf(
  faults: readonly Fault[] = [],
  { before, after }: { readonly before: string; readonly after: string },
): string | null {
  const [first, ...more] = faults
  if (first === undefined) return null
  const others = more.length === 0 ? '' : ` There are ${more.length} more.`
  return `${before} ${first.at}: ${first.message.slice(0, CAUSE_MAX)}.${others} ${after}`
}

const SOURCES: Readonly<Record<keyof SeenSources, string>> = {
  links: "the kernel's interfaces",
  ports: 'the ports',
  host: 'memory and load of the host',
  settings: 'the settings of other programs',
  lldp: 'lldpd, which knows the far ends of the ports',
}

/** Why a source does not answer, and when it last did. */
export function silence({ at, fault }: Seen): string {
  return `${fault ?? ''} (${at === null ? 'it has not answered yet' : `last answer at ${at}`})`
}

function memoryBelow(host: HostState | null, percent: number): string | null {
  if (host === null || host.memoryTotal <= 0) return null
  const left = (host.memoryAvailable / host.memoryTotal) * 100
  if (left >= percent) return null
  return `Only ${left.toFixed(1)} % of ${Math.round(host.memoryTotal / 2 ** 20)} MiB of memory are available, less than ${percent} %: find the program that uses it.`
}

function remark(
  code: FrrRemark['code'],
  severity: Finding['severity'],
  raiseAfter: Rule<RouterState>['raiseAfter'],
): Rule<RouterState> {
  return rule({
    code,
    severity,
    raiseAfter,
    test({ frr }) {
      const found = frr.remarks.filter((remarked) => remarked.code === code)
      return found.length === 0 ? null : found.map(({ message }) => message).join(' ')
    },
  })
}
