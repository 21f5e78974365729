import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import * as z from 'zod'
import { BLOCK_IMPACT, FAMILY_IMPACT, NEIGHBOR_IMPACT } from '../../../src/core/frr/diff/impact.js'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import type { Effect, Impact } from '../../../src/core/model/plan.js'
import { millis } from '../../../src/core/base/time.js'
import { daemonConnections, type DaemonConnections } from '../../../src/edge/frr/connections.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { planned } from '../../support/frr/frr-contract.js'
import { waitFor } from '../../support/process/wait.js'
import { startFrr, type FrrVersion } from '../peers/frr-daemons.js'
import { layCable } from '../topology/links.js'
import { makeNetns } from '../topology/netns.js'
import {
  BLOCK_CHANGES,
  CHANGES,
  instanceOf,
  SECRETS,
  subnetOf,
  type State,
} from '../topology/impact-changes.js'

/**
 * Attribute by attribute: what a plan says a change does to a session, against what the peer's own
 * counters say it did. Each attribute has a neighbour of its own, so that all of them are set,
 * changed and unset in three rounds, and each is also a witness that the others leave it alone.
 */

const out = process.env['DEMARC_OUT'] ?? '/tmp'

/** Longer than FRR needs for a reset and the peer to notice, s. */
const NOTICED = 3
/** What a plan says is waited for as long as a busy machine may need, s. */
const PREDICTED = 20

const INDEXES = CHANGES.map((_, index) => index)
const BASE: readonly State[] = CHANGES.map(() => ({ over: {} }))

// Most of the time is spent waiting for sessions.
t.jobs = 2
for (const version of ['8.4', '10.3'] as const) {
  t.test(`FRR ${version} resets the sessions that a plan says it resets, and no others`, (t) =>
    measure(t, version),
  )
}

async function measure(t: Test, version: FrrVersion): Promise<void> {
  const bench = await buildBench(t, version)
  const set = CHANGES.map((change) => change.set)
  const changed = CHANGES.map((change) => change.changed ?? change.set)
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
    measured.push(...(await judge(t, bench, instanceOf(states), round)))
    tellPeer(bench.peer, states)
    await established(bench.peer, states)
    await repeat(t, bench, states, round)
    t.comment(`${round}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
  bench.type('address-family ipv4 unicast', ...filterLines())
  measured.push(...(await judge(t, bench, instanceOf(BASE), 'filters of somebody else')))
  for (const { name, to } of BLOCK_CHANGES) {
    measured.push(...(await judge(t, bench, to(instanceOf(BASE)), name)))
    if (name !== 'local AS') await established(bench.peer, BASE)
  }
  const rows = measured.map(({ why }) => why.replace(/^ipv[46] unicast: /, ''))
  t.strictSame(
    possibleRows().filter((row) => !rows.includes(row)),
    [],
    'every row of the table of impacts was measured on a session',
  )
}

async function buildBench(t: Test, version: FrrVersion): Promise<Bench> {
  const [customer, provider] = [makeNetns(`own-${version}`), makeNetns(`peer-${version}`)]
  layCable({ netns: customer, name: 'c0' }, { netns: provider, name: 'p0' })
  for (const [netns, link, side] of [
    [customer, 'c0', 'own'],
    [provider, 'p0', 'peer'],
  ] as const) {
    const addresses = INDEXES.map((index) => `${subnetOf(index)[side]}/24`)
    for (const address of addresses) netns.run('ip', 'address', 'add', address, 'dev', link)
    netns.run('ip', 'link', 'set', link, 'up')
  }
  const start = (side: string, netns: typeof customer, which: FrrVersion) => {
    const name = `${side}-${version}`
    const dir = join(out, name)
    mkdirSync(dir, { recursive: true })
    return startFrr(netns, { version: which, name, dir })
  }
  const daemons = await start('peer', provider, '8.4')
  const own = await start('own', customer, version)
  const frr = openFrr({
    runDir: own.runDir,
    conceal: (text) => sure([...SECRETS].find(([, secret]) => secret === text)?.[0]),
    reveal: (digest) => SECRETS.get(digest),
  })
  const connections = daemonConnections(daemons.runDir, millis(20_000))
  t.teardown(async () => {
    frr.close()
    connections.close()
    await Promise.all([own.stop(), daemons.stop()])
    for (const netns of [customer, provider]) netns.remove()
  })
  return {
    frr,
    type: (...lines) => own.vtysh('configure terminal', 'router bgp 65010', ...lines),
    peer: {
      type: (...lines) => daemons.vtysh('configure terminal', 'router bgp 64512', ...lines),
      sessions: () => sessions(connections),
    },
  }
}

function configurePeer(peer: Peer): void {
  const neighbors = INDEXES.map((index) => `neighbor ${subnetOf(index).own}`)
  peer.type(
    'bgp router-id 10.0.0.1',
    'no bgp ebgp-requires-policy',
    ...neighbors.flatMap((neighbor, index) => [
      `${neighbor} remote-as 65010`,
      `${neighbor} timers connect 1`,
      ...(CHANGES[index]?.name === 'BFD' ? [`${neighbor} bfd`] : []),
    ]),
    'address-family ipv6 unicast',
    ...neighbors.map((neighbor) => `${neighbor} activate`),
  )
}

/** A secret must be known on both sides before there is a session again. */
function tellPeer(peer: Peer, states: readonly State[]): void {
  for (const [index, change] of CHANGES.entries()) {
    if (change.set.peer === undefined) continue
    const neighbor = `neighbor ${subnetOf(index).own}`
    const lines = states[index]?.peer ?? ['no password']
    peer.type(...lines.map((line) => line.replace(/^(no )?/, `$1${neighbor} `)))
  }
}

/** A repeat of everything, from the block down, must not be noticed. */
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
    const name = `${round}: ${step.lines.length} lines of ${step.daemon} typed once more`
    t.equal(refused, null, refused === null ? name : `${name}: ${refused.message}`)
  }
  await sleep(NOTICED * 1000)
  const after = await peer.sessions()
  t.strictSame(
    INDEXES.filter((index) => isDropped(before, after, index)).map((index) => CHANGES[index]?.name),
    [],
    `${round}: no session noticed the repeat`,
  )
}

/** The provider's side; vtysh takes a second in the guest, so questions go to bgpd itself. */
interface Peer {
  readonly type: (...lines: readonly string[]) => unknown
  /** By address. */
  readonly sessions: () => Promise<Sessions>
}

type Sessions = ReadonlyMap<string, SessionSeen>

interface SessionSeen {
  readonly established: boolean
  readonly dropped: number
  readonly upMs: number
}

interface Bench {
  readonly frr: Frr
  /** Into demarc's own FRR, by hand. */
  readonly type: (...lines: readonly string[]) => unknown
  readonly peer: Peer
}

/** Gives back the effects that were measured on a session that was up. */
async function judge(
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
  const allSeen = (now: readonly boolean[]) => predicted.every((reset, i) => !reset || now[i])
  const passed = () => (performance.now() - started) / 1000
  let seen = dropped(await peer.sessions())
  while (passed() < NOTICED || (!allSeen(seen) && passed() < PREDICTED)) {
    await sleep(200)
    seen = dropped(await peer.sessions())
  }
  for (const index of INDEXES) {
    const said = on(index).map(({ impact, why }) => `${why} (${impact})`)
    const name = said.length === 0 ? 'untouched' : said.join(', ')
    t.equal(predicted[index], seen[index], `${round}, ${CHANGES[index]?.name ?? ''}: ${name}`)
  }
  const shared = effects.filter(({ subject }) => subject === 'router')
  return [...INDEXES.filter(wasUp).flatMap(on), ...shared]
}

/** A session that was not up has nothing to lose. */
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

/** What a neighbour that is taken over may have besides route maps, one on each neighbour. */
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

/** What an intent cannot cause to a session that is up. */
const IMPOSSIBLE = [
  // Somebody else's, which demarc only takes away.
  /^(import filter|export filter|copy of received routes) (is set|changes)$/,
  // Every neighbour of demarc has these, and every block has a router id.
  /^(description|hold time and keepalive|connect retry|router id) is (set|removed)$/,
  // They have no value; a prefix is its own name.
  /^(BFD|address family|originated prefix) changes$/,
  // There is no session while a neighbour is shut down.
  /^administrative shutdown (changes|is removed)$/,
]

function possibleRows(): readonly string[] {
  const tables = [NEIGHBOR_IMPACT, FAMILY_IMPACT, BLOCK_IMPACT]
  const names = new Set(tables.flatMap((table) => Object.values(table).map(({ name }) => name)))
  return [...names]
    .flatMap((name) => ['is set', 'changes', 'is removed'].map((verb) => `${name} ${verb}`))
    .filter((row) => !IMPOSSIBLE.some((pattern) => pattern.test(row)))
}

const Session = z.looseObject({
  bgpState: z.string(),
  connectionsDropped: z.number(),
  bgpTimerUpMsec: z.number().optional(),
})

async function sessions(connections: DaemonConnections): Promise<Sessions> {
  const [reply] = await connections.ask('bgpd', ['show bgp neighbors json'])
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

/** Up, and for a moment: FRR may try twice after a reset. */
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
