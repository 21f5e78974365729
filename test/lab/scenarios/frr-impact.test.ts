import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { z } from 'zod'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { IMPACTS, type Impact } from '../../../src/core/model/plan.js'
import { conversations, type Conversations } from '../../../src/edge/frr/conversations.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { sure } from '../../support/arbitrary-bgp.js'
import { planned } from '../../support/frr-contract.js'
import { waitFor } from '../../support/wait.js'
import { startFrr, type FrrVersion } from '../peers/frr-daemons.js'
import { layCable } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import { baseInstance, CHANGES, SECRET, type Change } from '../topology/impact-changes.js'

/**
 * Attribute by attribute: what a plan says a change does to a session, against what the peer's own
 * counters say it did. Setting and unsetting are judged apart.
 */

const out = process.env['DEMARC_OUT'] ?? '/tmp'

/** Longer than FRR needs for a reset and the peer to notice, s. */
const NOTICED = 2

for (const version of ['8.4', '10.3'] as const) {
  t.test(`FRR ${version} resets the sessions that a plan says it resets, and no others`, (t) =>
    measure(t, version),
  )
}

async function measure(t: Test, version: FrrVersion): Promise<void> {
  const [customer, provider] = [makeNetns('customer'), makeNetns('provider')]
  layCable({ netns: customer, name: 'c0' }, { netns: provider, name: 'p0' })
  for (const [netns, link, host] of [
    [customer, 'c0', 2],
    [provider, 'p0', 1],
  ] as const) {
    netns.run('ip', 'address', 'add', `10.0.0.${host}/24`, 'dev', link)
    netns.run('ip', 'link', 'set', link, 'up')
  }
  const start = (side: string, netns: typeof customer, which: FrrVersion) => {
    const dir = join(out, `${side}-${version}`)
    mkdirSync(dir, { recursive: true })
    return startFrr(netns, { version: which, name: side, dir })
  }
  const daemons = await start('impactpeer', provider, '8.4')
  const own = await start('impactown', customer, version)
  const frr = openFrr({
    runDir: own.runDir,
    conceal: () => sure(toSecretDigest(SECRET.digest)),
    reveal: () => SECRET.text,
  })
  const talk = conversations(daemons.runDir, 20_000)
  const peer: Peer = {
    type: (...lines) => daemons.vtysh('configure terminal', ...lines),
    session: () => session(talk),
  }
  t.teardown(async () => {
    frr.close()
    talk.close()
    await Promise.all([own.stop(), daemons.stop()])
    for (const netns of [customer, provider]) netns.remove()
  })
  configurePeer(peer)
  await apply(frr, [baseInstance()])
  await established(peer)
  await repeat(t, { frr, peer })
  for (const change of CHANGES) {
    await judge(t, { frr, peer }, { ...change, way: 'set' })
    await judge(t, { frr, peer }, { ...change, way: 'unset' })
    await established(peer)
  }
}

function configurePeer(peer: Peer): void {
  peer.type(
    'router bgp 64512',
    'bgp router-id 10.0.0.1',
    'no bgp ebgp-requires-policy',
    'neighbor 10.0.0.2 remote-as 65010',
    'neighbor 10.0.0.2 timers connect 1',
    'neighbor 10.0.0.2 bfd',
    'address-family ipv6 unicast',
    'neighbor 10.0.0.2 activate',
  )
}

/** A repeat of everything, from the block down, must not be noticed. */
async function repeat(t: Test, { frr, peer }: Bench): Promise<void> {
  const everything = CHANGES.filter(({ repeats }) => repeats === true)
  const want = [everything.reduce((instance, { to }) => to(instance), baseInstance())]
  await apply(frr, want)
  await established(peer)
  const before = await peer.session()
  const nothing = { version: '8.4.4', bgpd: [], bfdd: [], faults: [] }
  for (const { step } of planned(want, nothing).change) {
    if (step.do === 'frr') t.equal(await frr.apply(step), null)
  }
  t.notOk(
    await happens(async () => (await peer.session()).dropped > before.dropped, NOTICED),
    'typed once more',
  )
  await apply(frr, [baseInstance()])
  await established(peer)
}

/** The provider's side; vtysh takes a second in the guest, so questions go to bgpd itself. */
interface Peer {
  readonly type: (...lines: readonly string[]) => unknown
  readonly session: () => Promise<SessionSeen>
}

interface SessionSeen {
  readonly established: boolean
  readonly dropped: number
  readonly upMs: number
}

interface Bench {
  readonly frr: Frr
  readonly peer: Peer
}

async function judge(
  t: Test,
  { frr, peer }: Bench,
  change: Change & { readonly way: 'set' | 'unset' },
): Promise<void> {
  const base = baseInstance()
  const want = change.way === 'set' ? change.to(base) : base
  const before = await peer.session()
  const predicted = await apply(frr, [want])
  const reset = await happens(async () => (await peer.session()).dropped > before.dropped, NOTICED)
  const name = `${change.name}, ${change.way}: ${predicted}`
  t.equal(isReset(predicted) && before.established, reset, name)
  if (change.way === 'set') await prepare(peer, change)
  else await restore(peer, change)
}

/** A secret must be known on both sides before there is a session again. */
async function prepare(peer: Peer, { peerLines, comesBack }: Change): Promise<void> {
  if (peerLines !== undefined) peer.type('router bgp 64512', ...peerLines.set)
  if (comesBack !== false) await established(peer)
}

async function restore(peer: Peer, { peerLines }: Change): Promise<void> {
  if (peerLines !== undefined) {
    peer.type('router bgp 64512', ...peerLines.unset)
  }
  await established(peer)
}

/** The worst a plan says of the session under test. */
async function apply(frr: Frr, want: readonly BgpInstance[]): Promise<Impact> {
  const plan = planned(want, await frr.read())
  for (const { step } of [...plan.remove, ...plan.change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
  const impacts = plan.effects
    .filter(({ subject }) => subject === 'neighbor 10.0.0.1')
    .map(({ impact }) => IMPACTS.indexOf(impact))
  return IMPACTS[Math.max(0, ...impacts)] ?? 'none'
}

function isReset(impact: Impact): boolean {
  return impact === 'session-reset' || impact === 'traffic-loss'
}

const Session = z.record(
  z.string(),
  z.looseObject({
    bgpState: z.string(),
    connectionsDropped: z.number(),
    bgpTimerUpMsec: z.number().optional(),
  }),
)

async function session(talk: Conversations): Promise<SessionSeen> {
  const [reply] = await talk.ask('bgpd', ['show bgp neighbors 10.0.0.2 json'])
  const found = sure(Session.parse(JSON.parse(reply?.text ?? ''))['10.0.0.2'])
  return {
    established: found.bgpState === 'Established',
    dropped: found.connectionsDropped,
    upMs: found.bgpTimerUpMsec ?? 0,
  }
}

async function happens(test: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    if (await test()) return true
    await sleep(100)
  }
  return test()
}

/** Up, and for a moment: FRR may try twice after a reset. */
async function established(peer: Peer): Promise<void> {
  await waitFor('the session is up', peer.session, {
    until: (found) => found.established && found.upMs >= 500,
    within: 60,
    every: 100,
  })
}
