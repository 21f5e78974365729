import { fault } from '../../../src/core/base/fault.js'
import type { ConflictCode } from '../../../src/core/model/host-facts.js'
import type { FrrRemark } from '../../../src/core/model/state.js'
import { HEALTHY_HOST, healthyRouter, silentFrr } from '../../support/agent/router-state.js'
import type { Row } from './rule-tables.js'

const host = (memoryAvailable: number) =>
  healthyRouter({ host: { ...HEALTHY_HOST, memoryTotal: 1000, memoryAvailable } })

function frr(severity: string, code: FrrRemark['code']): Row {
  const remarks = [{ code, message: 'A remark.' }]
  return [
    code,
    healthyRouter({ frr: { ...healthyRouter().frr, remarks } }),
    [`${severity} ${code}`],
  ]
}

export const ROUTER_TABLE: readonly Row[] = [
  [
    'a conflict keeps the intent from being in force',
    healthyRouter({ unrepaired: [fault('NOT_OWNED', 'dl.100', 'is foreign')] }),
    ['critical INTENT_NOT_IN_FORCE'],
  ],
  [
    'drift that is left alone on purpose, and a daemon that is away',
    healthyRouter({ unrepaired: [fault('DRIFT', 'router'), fault('FRR_UNAVAILABLE', 'bgpd')] }),
    [],
  ],
  [
    'the profile of a provider says another AS than the one in force',
    healthyRouter({
      providers: { changed: [fault('PROVIDER_RULE', 'router.localAs', 'is another')], broken: [] },
    }),
    ['warning PROVIDER_RULES_CHANGED'],
  ],
  [
    'a file with a profile is broken',
    healthyRouter({
      providers: { changed: [], broken: [fault('PROVIDER_PROFILE', 'acme.json', 'is not JSON')] },
    }),
    ['warning PROVIDER_PROFILE_BROKEN'],
  ],
  [
    'FRR does not answer',
    healthyRouter({ frr: silentFrr('ECONNREFUSED') }),
    ['critical FRR_UNREACHABLE'],
  ],
  [
    'zebra does not answer, and bgpd does',
    healthyRouter({ frr: silentFrr('ECONNREFUSED', 'zebra') }),
    ['critical FRR_UNREACHABLE'],
  ],
  [
    'a daemon that nobody needs is not there',
    healthyRouter({ frr: silentFrr('ECONNREFUSED', 'bfdd', { needed: false }) }),
    [],
  ],
  [
    'fping is missing',
    healthyRouter({ proberFault: 'fping is not installed' }),
    ['warning PROBER_FAILED'],
  ],
  [
    'bgpd does not report over BMP',
    healthyRouter({ bmpSilent: { address: '127.0.0.1', port: 7482 } }),
    ['warning BMP_NOT_REPORTING'],
  ],
  [
    'bgpd has no session to report',
    healthyRouter({ bmpSilent: { address: '127.0.0.1', port: 7482 }, neighbors: [] }),
    [],
  ],
  ...(['links', 'ports', 'host', 'settings'] as const).map((source): Row => [
    `${source} do not answer`,
    healthyRouter({
      seen: { ...healthyRouter().seen, [source]: { at: null, fault: 'no answer' } },
    }),
    ['unknown OBSERVATION_STALE'],
  ]),
  ['memory that was never read', healthyRouter({ host: null }), []],
  frr('critical', 'BGP_INTENT_OVERRIDDEN'),
  frr('warning', 'BGP_FOREIGN_SETTING'),
  frr('critical', 'BGP_POLICY_DRIFT'),
  frr('critical', 'LISTEN_RANGE_NEIGHBOR'),
  frr('critical', 'ROUTES_NOT_INSTALLED'),
  frr('critical', 'ROUTES_NOT_FROM_BGP'),
  ['10 % of memory left', host(100), []],
  ['9.9 % of memory left', host(99), ['warning MEMORY_LOW']],
  ['4.9 % of memory left', host(49), ['critical MEMORY_EXHAUSTED']],
  [
    'memory unknown',
    healthyRouter({ host: { ...HEALTHY_HOST, memoryTotal: 0, memoryAvailable: 0 } }),
    [],
  ],
  other('critical', 'NETWORKD_MANAGES'),
  other('critical', 'NETWORKD_REMOVES'),
  other('critical', 'NETWORKMANAGER_MANAGES'),
  other('critical', 'IFUPDOWN_STANZA'),
  other('warning', 'CLOUD_INIT_NETWORK'),
  other('warning', 'FRR_OTHER_WRITER'),
  other('warning', 'FRR_FILE_DIFFERS'),
  other('warning', 'RP_FILTER_STRICT'),
  other('critical', 'FORWARDING_OFF'),
  other('critical', 'ARP_IGNORED'),
  other('warning', 'ARP_PROXY'),
  other('warning', 'ARP_FLUX'),
  other('warning', 'ROUTER_ADVERTISEMENTS'),
  other('critical', 'IPV6_DISABLED'),
  other('warning', 'MAC_DUPLICATE'),
  other('unknown', 'HOST_CONFIG_UNREADABLE'),
]

/** What is found on the host is reported as it was found; test/core/coexist has the finding itself. */
function other(severity: string, code: ConflictCode): Row {
  const conflict = { code, at: '/etc/x', message: `${code} is on par-edge-1.`, destroys: false }
  return [code, healthyRouter({ conflicts: [conflict] }), [`${severity} ${code}`]]
}
