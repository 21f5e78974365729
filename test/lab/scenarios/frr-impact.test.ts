import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import * as z from 'zod'
import { BLOCK_IMPACT, FAMILY_IMPACT, NEIGHBOR_IMPACT } from '../../../src/core/frr/diff/impact.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import type { Effect, Impact } from '../../../src/core/model/plan.js'
import { millis } from '../../../src/core/base/time.js'
import { daemonConnections, type DaemonConnections } from '../../../src/edge/frr/vty/connections.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { planned } from '../../support/frr/frr-contract.js'
import { waitFor } from '../../support/process/wait.js'
import { startFrr } from '../peers/frr-daemons.js'
import { connectVeth } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import {
  BLOCK_CHANGES,
  CHANGES,
  instanceOf,
  knownTo,
  SECRETS,
  subnetOf,
  type State,
} from '../topology/impact-changes.js'
import { testedVersions, type FrrVersion } from '../../support/frr/frr-version.js'

/**
 * Compares, for each attribute, the impact that the plan predicts for a session with the peer's own counters of
 * dropped sessions. Each attribute has its own neighbour, so three rounds set, change and unset all of them,
 * and each session also shows that the changes to the other neighbours do not reset it.
 */

const out = process.env['DEMARC_OUT'] ?? '/tmp'

/** Seconds within which a reset happens and the peer notices it. */
const NOTICED = 3
/** Seconds to wait for a predicted reset on a busy machine. */
const PREDICTED = 20

const INDEXES = CHANGES.map((_, index) => index)
const BASE: readonly State[] = CHANGES.map(() => ({ over: {} }))

// Most of the time is spent waiting for sessions.
t.jobs = 2
for (const version of testedVersions()) {
  t.test(`FRR ${version} resets the sessions whose reset the plan predicts, and no others`, (t) =>
    measure(t, version),
  )
}

async function measure(t: Test, version: FrrVersion): Promise<void> {
  const bench = await buildBench(t, version)
  const set = CHANGES.map((change) => knownTo(version, change.set))
  const changed = CHANGES.map((change) => knownTo(version, change.changed ?? change.set))
  const measured: Effect[] = []
  configurePeer(bench.peer)
  await apply(bench.frr, [instanceOf(BASE)])
  await established(bench.peer, BASE)
  for (const [round, states] of [
    ['set', set],
    ['changed', changed],
    ['unset', BASE],
  ] as const) {
    const started = performance.now()
    measured.push(...(await checkRound(t, bench, instanceOf(states), round)))
    await configurePeerStates(bench, states)
    await established(bench.peer, states)
    await repeat(t, bench, states, round)
    t.comment(`${round}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
  bench.configure('address-family ipv4 unicast', ...filterLines())
  measured.push(...(await checkRound(t, bench, instanceOf(BASE), 'foreign filters')))
  for (const { name, to } of BLOCK_CHANGES) {
    measured.push(...(await checkRound(t, bench, to(instanceOf(BASE)), name)))
    if (name !== 'local AS') await established(bench.peer, BASE)
  }
  const rows = measured.map(({ why }) => why.replace(/^ipv[46] unicast: /, ''))
  t.strictSame(
    possibleRows(version).filter((row) => !rows.includes(row)),
    [],
    'every row of the table of impacts was measured on a session',
  )
}

async function buildBench(t: Test, version: FrrVersion): Promise<Bench> {
  const [customer, provider] = [makeNetns(`own-${version}`), makeNetns(`peer-${version}`)]
  connectVeth({ netns: customer, name: 'c0' }, { netns: provider, name: 'p0' })
  for (const [netns, link, side] of [
    [customer, 'c0', 'own'],
    [provider, 'p0', 'peer'],
  ] as const) {
    const addresses = INDEXES.map((index) => `${subnetOf(index)[side]}/24`)
    for (const address of addresses) netns.run('ip', 'address', 'add', address, 'dev', link)
    netns.run('ip', 'link', 'set', link, 'up')
  }
  const start = (side: string, netns: typeof customer, frrVersion: FrrVersion) => {
    const name = `${side}-${version}`
    const dir = join(out, name)
    mkdirSync(dir, { recursive: true })
    return startFrr(netns, { version: frrVersion, name, dir })
  }
  const daemons = await start('peer', provider, '8.4')
  const own = await start('own', customer, version)
  const frr = openFrr({
    runDir: own.runDir,
    conceal: (text) => sure([...SECRETS].find(([, secret]) => secret === text)?.[0]),
    reveal: (digest) => SECRETS.get(digest),
  })
  const bgpd = daemonConnections(daemons.runDir, millis(20_000))
  t.teardown(async () => {
    frr.close()
    bgpd.close()
    await Promise.all([own.stop(), daemons.stop()])
    for (const netns of [customer, provider]) netns.remove()
  })
  return {
    frr,
    configure: (...lines) => own.vtysh('configure terminal', 'router bgp 65010', ...lines),
    peer: {
      configure: (...lines) => daemons.vtysh('configure terminal', 'router bgp 64512', ...lines),
      clear: (address) => bgpd.ask('bgpd', [`clear bgp ${address}`]),
      sessions: () => sessions(bgpd),
    },
  }
}

function configurePeer(peer: Peer): void {
  const neighbors = INDEXES.map((index) => `neighbor ${subnetOf(index).own}`)
  peer.configure(
    'bgp router-id 10.0.0.1',
    'no bgp ebgp-requires-policy',
    ...neighbors.flatMap((neighbor, index) => [
      `${neighbor} remote-as 65010`,
      `${neighbor} timers connect 1`,
      ...(CHANGES[index]?.name.startsWith('BFD') === true ? [`${neighbor} bfd`] : []),
    ]),
    'address-family ipv6 unicast',
    ...neighbors.map((neighbor) => `${neighbor} activate`),
  )
}

/**
 * The peer needs the same password, or the other AS, before the session can be established again. Both sides have failed
 * until then, and would wait longer before each attempt.
 */
async function configurePeerStates({ frr, peer }: Bench, states: readonly State[]): Promise<void> {
  for (const [index, change] of CHANGES.entries()) {
    if (change.set.peer === undefined) continue
    const { own, peer: address } = subnetOf(index)
    const lines = states[index]?.peer ?? change.peerBack ?? []
    peer.configure(...lines.map((line) => line.replace(/^(no )?/, `$1neighbor ${own} `)))
    await peer.clear(own)
    const refused = await frr.clear({ vrf: null, address })
    if (refused !== null) throw new Error(refused.message)
  }
}

/** Applies every line of the configuration a second time, which must reset no session. */
async function repeat(
  t: Test,
  { frr, peer }: Bench,
  states: readonly State[],
  round: string,
): Promise<void> {
  const before = await peer.sessions()
  const { version } = await frr.read()
  const nothing = { version, bgpd: [], bfdd: [], faults: [] }
  for (const { step } of planned([instanceOf(states)], nothing).change) {
    if (step.do !== 'frr') continue
    const refused = await frr.apply(step)
    const name = `${round}: ${step.lines.length} lines of ${step.daemon} applied again`
    t.equal(refused, null, refused === null ? name : `${name}: ${refused.message}`)
  }
  await sleep(NOTICED * 1000)
  const after = await peer.sessions()
  t.strictSame(
    INDEXES.filter((index) => isDropped(before, after, index)).map((index) => CHANGES[index]?.name),
    [],
    `${round}: no session was reset by the repeat`,
  )
}

/** The provider's side. It is read from bgpd's vty socket, because vtysh takes a second in the guest. */
interface Peer {
  readonly configure: (...lines: readonly string[]) => unknown
  /** Ends the session with a neighbour and starts it again. */
  readonly clear: (address: string) => Promise<unknown>
  /** By neighbour address. */
  readonly sessions: () => Promise<Sessions>
}

type Sessions = ReadonlyMap<string, PeerSession>

interface PeerSession {
  readonly established: boolean
  readonly dropped: number
  readonly upMs: number
}

interface Bench {
  readonly frr: Frr
  /** Configures demarc's own FRR by hand. */
  readonly configure: (...lines: readonly string[]) => unknown
  readonly peer: Peer
}

/** Applies `want` and compares the predicted resets with the peer's counters; returns the effects on sessions that were up. */
async function checkRound(
  t: Test,
  { frr, peer }: Bench,
  want: BgpInstance,
  round: string,
): Promise<readonly Effect[]> {
  const before = await peer.sessions()
  const started = performance.now()
  const effects = await apply(frr, [want])
  const wasUp = (index: number) => before.get(subnetOf(index).own)?.established === true
  const on = (index: number) =>
    effects.filter(({ subject }) => subject === `neighbor ${subnetOf(index).peer}`)
  const predicted = INDEXES.map(
    (index) => wasUp(index) && on(index).some(({ impact }) => isReset(impact)),
  )
  const dropped = (now: Sessions) => INDEXES.map((index) => isDropped(before, now, index))
  const complete = (now: readonly boolean[]) => predicted.every((reset, i) => !reset || now[i])
  const elapsed = () => (performance.now() - started) / 1000
  let seen = dropped(await peer.sessions())
  while (elapsed() < NOTICED || (!complete(seen) && elapsed() < PREDICTED)) {
    await sleep(200)
    seen = dropped(await peer.sessions())
  }
  for (const index of INDEXES) {
    const texts = on(index).map(({ impact, why }) => `${why} (${impact})`)
    const name = texts.length === 0 ? 'untouched' : texts.join(', ')
    t.equal(predicted[index], seen[index], `${round}, ${CHANGES[index]?.name ?? ''}: ${name}`)
  }
  const shared = effects.filter(({ subject }) => subject === 'router')
  return [...INDEXES.filter(wasUp).flatMap(on), ...shared]
}

/** False for a session that was not established before. */
function isDropped(before: Sessions, after: Sessions, index: number): boolean {
  const address = subnetOf(index).own
  if (before.get(address)?.established !== true) return false
  return (after.get(address)?.dropped ?? 0) > (before.get(address)?.dropped ?? 0)
}

async function apply(frr: Frr, want: readonly BgpInstance[]): Promise<readonly Effect[]> {
  const plan = planned(want, await frr.read())
  for (const { step } of [...plan.remove, ...plan.change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
  return plan.effects
}

function isReset(impact: Impact): boolean {
  return impact === 'session-reset' || impact === 'traffic-loss'
}

/** What an adopted neighbour may have besides route maps; each is configured on another neighbour. */
const FILTERS = [
  'prefix-list foreign in',
  'prefix-list foreign out',
  'filter-list foreign in',
  'filter-list foreign out',
  'distribute-list foreign in',
  'distribute-list foreign out',
  'soft-reconfiguration inbound',
]

function filterLines(): readonly string[] {
  return FILTERS.map((filter, index) => `neighbor ${subnetOf(index).peer} ${filter}`)
}

/** Rows of the tables that no intent can cause on an established session. */
const IMPOSSIBLE = [
  // Foreign filters, which demarc only removes.
  /^(import filter|export filter|copy of received routes) (is set|changes)$/,
  // Every neighbour that demarc configures has these, and every instance has a router id.
  /^(description|hold time and keepalive|connect retry|router id) is (set|removed)$/,
  // These have no value that could change; another prefix is another row.
  /^(BFD|BFD strict mode|address family|originated prefix|next-hop-self|AS override|default route) changes$/,
  // There is no session while a neighbour is shut down.
  /^administrative shutdown (changes|is removed)$/,
]

function possibleRows(version: FrrVersion): readonly string[] {
  const tables = [NEIGHBOR_IMPACT, FAMILY_IMPACT, BLOCK_IMPACT]
  const names = new Set(tables.flatMap((table) => Object.values(table).map(({ name }) => name)))
  return [...names]
    .flatMap((name) => ['is set', 'changes', 'is removed'].map((verb) => `${name} ${verb}`))
    .filter((row) => !IMPOSSIBLE.some((pattern) => pattern.test(row)))
    .filter((row) => version === '10.7' || !row.startsWith('BFD strict mode '))
}

const Session = z.looseObject({
  bgpState: z.string(),
  connectionsDropped: z.number(),
  bgpTimerUpMsec: z.number().optional(),
})

async function sessions(bgpd: DaemonConnections): Promise<Sessions> {
  const [reply] = await bgpd.ask('bgpd', ['show bgp neighbors json'])
  const found = z.record(z.string(), z.unknown()).parse(JSON.parse(reply?.text ?? ''))
  return new Map(
    INDEXES.map((index) => {
      const { own } = subnetOf(index)
      const { bgpState, connectionsDropped, bgpTimerUpMsec } = Session.parse(found[own])
      const established = bgpState === 'Established'
      return [own, { established, dropped: connectionsDropped, upMs: bgpTimerUpMsec ?? 0 }]
    }),
  )
}

/** Waits until the sessions have been up for 500 ms, because FRR may connect twice after a reset. */
async function established(peer: Peer, states: readonly State[]): Promise<void> {
  const up = INDEXES.filter((index) => states[index]?.down !== true)
  await waitFor(
    'the sessions are up',
    async () => {
      const now = await peer.sessions()
      return up.filter((index) => {
        const session = now.get(subnetOf(index).own)
        return session?.established !== true || session.upMs < 500
      })
    },
    { until: (missing) => missing.length === 0, within: 60, every: 200 },
  )
}
