import { test } from 'tap'
import { blockRemarks } from '../../../src/core/frr/diff/block-remarks.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import { toPrefix } from '../../../src/core/model/names.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'

/** One neighbour with a hold time of 30 s, to which a prefix is announced. */
function announcing() {
  const made = plainNeighbor('10.0.0.1')
  const family = sure(made.ipv4Unicast ?? undefined)
  const prefixes = [{ prefix: sure(toPrefix('192.168.0.0/16')), ge: null, le: null }]
  return plainInstance({
    ...made,
    ipv4Unicast: { ...family, export: { ...family.export, prefixes } },
  })
}

/** The remarks on a block of demarc's with these lines of somebody else. */
function remarks(inBlock: readonly string[], inFamily: readonly string[] = []) {
  const text = [
    'router bgp 65010',
    ...inBlock.map((line) => ` ${line}`),
    ' address-family ipv4 unicast',
    ...inFamily.map((line) => `  ${line}`),
    ' exit-address-family',
  ].join('\n')
  const have = { version: '10.3', bgpd: parseConfig(text), bfdd: [], faults: [] }
  return blockRemarks([announcing()], have)
}

test('a line for the whole block that changes what the intent says is reported with its effect', (t) => {
  const critical = [
    'bgp shutdown',
    'bgp shutdown message night work',
    'bgp minimum-holdtime 60',
    'bgp confederation identifier 65999',
    'no bgp network import-check',
    'bgp graceful-shutdown',
  ]
  for (const line of critical) {
    t.match(remarks([line]), [{ line, place: 'router bgp 65010', severity: 'critical' }], line)
  }
  t.match(
    remarks(['bgp shutdown'])[0]?.sentence,
    /^`bgp shutdown` in `router bgp 65010` holds every session.*remove it in FRR/,
  )
  const warnings = [
    'bgp minimum-holdtime 20',
    'bgp suppress-fib-pending',
    'bgp suppress-fib-pending 77',
    'advertisement-delay 77',
    'bgp max-med administrative 4294967294',
    'no bgp fast-external-failover',
    'no bgp ebgp-requires-policy',
    'bgp reject-as-sets',
  ]
  for (const line of warnings) t.match(remarks([line]), [{ line, severity: 'warning' }], line)
  const inFamily = [
    'table-map FILTER',
    'aggregate-address 192.168.0.0/16 summary-only',
    'distance bgp 20 200 200',
    'import vrf blue',
    'import vpn',
    'export vpn',
  ]
  for (const line of inFamily) {
    const place = 'router bgp 65010, address-family ipv4 unicast'
    t.match(remarks([], [line]), [{ line, place, severity: 'warning' }], line)
  }
  t.match(remarks([], ['distance bgp 255 200 200']), [{ severity: 'critical' }])
  t.end()
})

test('a line without an effect on the intent is not reported', (t) => {
  const harmless = [
    'bgp log-neighbor-changes',
    'bgp bestpath as-path multipath-relax',
    'bgp confederation identifier 65010',
    'no bgp default ipv4-unicast',
  ]
  for (const line of harmless) t.strictSame(remarks([line]), [], line)
  t.strictSame(remarks([], ['aggregate-address 192.168.0.0/16']), [])
  t.end()
})

test('a line for the whole of bgpd is reported once', (t) => {
  const bgpd = parseConfig('bgp no-rib\nrouter bgp 65010\n bgp router-id 10.0.0.1\n')
  const have = { version: '10.3', bgpd, bfdd: [], faults: [] }
  const want = [announcing()]
  t.match(blockRemarks(want, have), [{ place: 'bgpd', line: 'bgp no-rib', severity: 'critical' }])
  t.strictSame(blockRemarks([], have), [])
  t.end()
})
