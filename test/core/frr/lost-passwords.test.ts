import t from 'tap'
import { withoutLost } from '../../../src/core/frr/plan/lost-passwords.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import type { Step } from '../../../src/core/model/plan.js'

const OLD = '0a'.repeat(16)
const NOW = '1b'.repeat(16)
const GIVEN = '2c'.repeat(16)

function block(password: string, vrf = ''): string {
  return [
    `router bgp 65010${vrf}`,
    ' neighbor 10.0.0.1 remote-as 65020',
    ...(password === '' ? [] : [` neighbor 10.0.0.1 password ${password}`]),
    ' neighbor 10.0.0.9 remote-as 65020',
    ' address-family ipv4 unicast',
    '  neighbor 10.0.0.1 activate',
    '  neighbor 10.0.0.9 activate',
    'exit',
  ].join('\n')
}

const GONE = block('').replace(/^.*10\.0\.0\.1 .*\n/gm, '')

function typed(...lines: readonly string[]): readonly Step[] {
  return [{ do: 'frr', daemon: 'bgpd', lines: ['router bgp 65010', ...lines, 'exit'] }]
}

function back(before: string, now: string, steps: readonly Step[] = [], known = [NOW]) {
  const isKnown = (digest: string) => known.includes(digest)
  return withoutLost(parseConfig(before), parseConfig(now), { steps, isKnown })
}

t.test('passwords that are known are restored', (t) => {
  const before = parseConfig(block(OLD))
  const { tree, lost } = withoutLost(before, [], { steps: [], isKnown: () => true })
  t.equal(tree, before)
  t.strictSame(lost, [])
  t.end()
})

t.test('a password that nobody touched is the one that is there', (t) => {
  t.strictSame(back(block(OLD), block(NOW)), { tree: parseConfig(block(NOW)), lost: [] })
  const again = typed(`neighbor 10.0.0.1 password ${OLD}`)
  t.strictSame(back(block(OLD), block(NOW), again).lost, [], 'nor is one that was typed again')
  t.end()
})

t.test('one that the change gave or took stays as it is, and is named', (t) => {
  const lost = ['neighbor 10.0.0.1']
  const given = typed(`neighbor 10.0.0.1 password ${GIVEN}`)
  t.strictSame(back(block(OLD), block(NOW), given), { tree: parseConfig(block(NOW)), lost })
  const taken = typed(`no neighbor 10.0.0.1 password ${OLD}`)
  t.strictSame(back(block(OLD), block(''), taken), { tree: parseConfig(block('')), lost })
  t.end()
})

t.test('a neighbour that is gone does not come back without its password', (t) => {
  t.strictSame(back(block(OLD), GONE), { tree: parseConfig(GONE), lost: ['neighbor 10.0.0.1'] })
  t.strictSame(back(block(OLD, ' vrf red'), '').lost, ['neighbor 10.0.0.1 vrf red'])
  t.end()
})
