import { test } from 'tap'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import type { FrrPlan, PlannedStep } from '../../../src/core/model/plan.js'
import { toIfname, toInterfaceAddress, toLine } from '../../../src/core/model/names.js'
import { joinPlan } from '../../../src/core/router/join.js'
import { planLinks, type LinkPlan } from '../../../src/core/links/plan.js'
import type { WantLink } from '../../../src/core/model/link.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { fakePort, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { address } from '../links/worlds.js'

const NOTHING: FrrPlan = { early: [], drain: [], remove: [], change: [], effects: [] }
const frrStep = (line: string): PlannedStep => ({
  step: { do: 'frr', daemon: 'bgpd', lines: [line] },
  impact: 'none',
})

function net(vlanId: number, vrf: string | null = null): WantLink {
  return {
    name: sure(toIfname(`p1.${vlanId}`)),
    detail: { kind: 'vlan', parent: sure(toIfname('p1')), vlanId },
    alias: sure(toLine(`demarc attachment net-${vlanId}`)),
    mtu: null,
    up: true,
    master: vrf === null ? null : sure(toIfname(vrf)),
    addresses: [sure(toInterfaceAddress(`10.0.${vlanId}.2/30`))],
    sysctl: null,
  }
}
const blue: WantLink = {
  ...net(1),
  name: sure(toIfname('blue')),
  detail: { kind: 'vrf', table: 10 },
  alias: sure(toLine('demarc vrf blue')),
  addresses: [],
}
const port: WantLink = {
  ...net(1),
  name: sure(toIfname('p1')),
  detail: { kind: 'port' },
  alias: null,
  addresses: [],
}

function had(link: WantLink) {
  const { name, detail, alias, up, master } = link
  const addresses = link.addresses.map((each) => address(each, true))
  return fakePort(name, {
    detail,
    alias,
    up,
    master,
    addresses,
    mtu: detail.kind === 'vrf' ? 65575 : 1500,
  })
}

function links(want: readonly WantLink[], have: readonly WantLink[]): LinkPlan {
  const plan = planLinks(want, have.map(had), PLAIN_SYSCTL)
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  return plan.value
}

function instance(addresses: readonly string[], vrf: string | null = null): BgpInstance {
  const neighbors = addresses.map((address) => plainNeighbor(address, { ipv4Unicast: null }))
  return { ...plainInstance(...neighbors), vrf: vrf === null ? null : sure(toIfname(vrf)) }
}

const kinds = (steps: readonly PlannedStep[]) =>
  steps.map(({ step }) => (step.do === 'frr' ? step.lines.join() : step.do))

test('kernel and FRR in one plan', async (t) => {
  await t.test(
    'sessions go first and come last, and addresses wait until FRR knows their link',
    async (t) => {
      const plan = joinPlan(
        links([port, net(2)], [port, net(1)]),
        {
          early: [frrStep('neighbor c')],
          drain: [frrStep('neighbor a shutdown')],
          remove: [frrStep('no neighbor a')],
          change: [frrStep('neighbor b')],
          effects: [],
        },
        [instance(['10.0.2.1'])],
      )
      t.same(kinds(plan.steps), [
        'link-add',
        'frr-wait',
        'address-add',
        'neighbor c',
        'neighbor a shutdown',
        'no neighbor a',
        'address-delete',
        'link-delete',
        'neighbor b',
      ])
      t.match(plan.steps[1], { step: { links: ['p1.2'] } })
      t.equal(plan.impact, 'traffic-loss')
    },
  )

  await t.test('where no BGP is wanted there is nothing to wait for', async (t) => {
    const plan = joinPlan(links([port, blue, net(2, 'blue')], [port]), NOTHING, [])
    t.same(kinds(plan.steps), ['link-add', 'link-add', 'address-add'])
    t.equal(plan.impact, 'none')
  })

  await t.test('the neighbour on a disturbed link is named, and no other', async (t) => {
    const want = [port, net(1), blue, net(2, 'blue')]
    const have = [
      port,
      { ...net(1), addresses: [sure(toInterfaceAddress('10.0.1.2/29'))] },
      blue,
      net(2),
    ]
    const bgp = [instance(['10.0.1.1', '10.0.2.1', '10.9.9.9']), instance(['10.0.1.1'], 'blue')]
    const plan = joinPlan(links(want, have), NOTHING, bgp)
    t.match(
      plan.effects.filter(({ subject }) => subject.startsWith('neighbor')),
      [
        { subject: 'neighbor 10.0.1.1', impact: 'session-reset', why: /loses an address/ },
        { subject: 'neighbor 10.0.2.1', impact: 'session-reset', why: /moves to another VRF/ },
      ],
    )
  })

  await t.test('each subject has one effect, the worst', async (t) => {
    const effects = [
      { subject: 'neighbor 10.0.1.1', impact: 'soft', why: 'a' },
      { subject: 'neighbor 10.0.1.1', impact: 'none', why: 'b' },
    ] as const
    const plan = joinPlan(links([port], [port]), { ...NOTHING, effects }, [])
    t.same(plan.effects, [effects[0]])
    t.equal(plan.impact, 'soft')
  })
})
