import { mkdirSync, mkdtempSync, openSync, readFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { startFrrPeer } from '../peers/frr.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { BgpPeer } from '../peers/peer.js'
import { startHub, type HubNews, type HubProcess } from '../topology/hub.js'
import { connectFibre, connectVeth, makeVlan } from '../topology/links.js'
import { ROUTER, startBenchRouter } from './router.js'
import { row } from './row.js'
import { FAR_PORT, manyAttachments, PORT } from './thousand.js'

/**
 * Measures how long the hub takes to know of a cut fibre and of a lost session, beside a poller of 1 s, BFD (3 times
 * 300 ms) and the hold time. Prints rows of JSON; `docs/performance.md` explains what is counted.
 */

const CUTS = Number(process.argv[2] ?? 100)
/** `here` as second argument: in a network namespace of this machine, whose kernel has neither the virtual fibre nor VLANs. */
const IS_HERE = process.argv[3] === 'here'
const ATTACHMENTS = 2
/** Sessions that the peer ends, and silences of the peer. */
const DROPS = Math.ceil(CUTS / 5)
const SILENCES = { bfd: 10, hold: 3 } as const
/** Light that passes, in thousandths of a millionth, and hundredths of a decibel: a loss of 1 dB. */
const ONE_DB = '794328235 100'
const AS = { ours: 65010, theirs: 64512 }
/** Sessions: that of the first attachment has BFD, that of the second has not. */
const NEAR = ['10.0.0.2', '10.0.0.6'] as const
const THEIRS = ['10.0.0.1', '10.0.0.5'] as const

const News = z.looseObject({
  at: z.string().optional(),
  data: z.looseObject({
    kind: z.string().optional(),
    name: z.string().optional(),
    severity: z.string().optional(),
    at: z.string().optional(),
    code: z.string().optional(),
    patch: z
      .looseObject({
        ports: z
          .record(z.string(), z.looseObject({ operStatus: z.string().optional() }))
          .optional(),
        neighbors: z
          .record(z.string(), z.looseObject({ sessionState: z.string().optional() }))
          .optional(),
      })
      .optional(),
  }),
})

const dir = mkdtempSync(join(tmpdir(), 'demarc-bench-'))
const hub = await startHub({
  dir: join(dir, 'hub'),
  router: ROUTER,
  address: '127.0.0.1',
  port: 7480,
})
const router = await startBenchRouter(
  dir,
  `urls = ["${hub.agentUrl}"]\ntoken_file = "${hub.tokenFile}"\nca_file = "${hub.caFile}"\n`,
  IS_HERE ? connectVeth : connectFibre,
)
const fibre = IS_HERE ? null : openSync('/dev/vfiber', 'w')
const watching = new AbortController()
try {
  const peer = await prepare()
  const received = listen()
  await cuts(received)
  if (!IS_HERE) await drops(received, peer)
} finally {
  watching.abort()
  await router.close()
  await hub.stop()
}
process.exit()

async function prepare() {
  await waitForAgent(hub)
  const { far } = router
  for (const [at, address] of THEIRS.entries()) {
    if (!IS_HERE) makeVlan(far, FAR_PORT, at + 1, [`${address}/30`])
    else far.run('ip', 'address', 'add', `${address}/30`, 'dev', FAR_PORT)
  }
  const peerDir = join(dir, 'peer')
  mkdirSync(peerDir)
  const peer = await startFrrPeer(far, {
    ...{ version: '8.4', name: 'bench-peer', dir: peerDir, announce: [] },
    ...{ localAs: AS.theirs, routerId: '10.255.0.2' },
    neighbors: NEAR.map((address, at) => ({
      ...{ address, localAddress: THEIRS[at] ?? '', peerAs: AS.ours, holdTime: 30 },
      bfd: at === 0,
    })),
  })
  const path = `/v1/routers/${ROUTER}`
  const History = z.looseObject({ changes: z.array(z.looseObject({ phase: z.string() })) })
  const { status, body } = await hub.api('PUT', `${path}/intent`, intent())
  if (status >= 300) throw new Error(`the hub refused: ${JSON.stringify(body)}`)
  await waitFor('confirmed', () => hub.api('GET', `${path}/history`), {
    until: ({ body }) => History.parse(body).changes.some(({ phase }) => phase === 'confirmed'),
    within: 300,
  })
  await established()
  return peer
}

function intent() {
  const whole = manyAttachments(ROUTER, ATTACHMENTS)
  const [first, ...rest] = whole.attachments
  const bfd = {
    desiredMinimumTxInterval: 300,
    requiredMinimumReceive: 300,
    detectionMultiplier: 3,
  }
  const withBfd = first && { ...first, bgp: first.bgp.map((each) => ({ ...each, bfd })) }
  if (!IS_HERE) return { ...whole, attachments: [withBfd, ...rest] }
  return { ...whole, attachments: [{ ...first, vlanId: null }] }
}

async function established(): Promise<void> {
  const wanted = IS_HERE ? THEIRS.slice(0, 1) : THEIRS
  await waitFor('all sessions are established', () => wanted.every(isConnected), {
    until: (all) => all,
    within: 120,
  })
}

/** The hub has the report of the session: the end of one that the agent has not seen is no news. */
async function shownEstablished(name: string): Promise<void> {
  const Health = z.looseObject({
    health: z.looseObject({
      neighbors: z.record(z.string(), z.looseObject({ sessionState: z.string() })),
    }),
  })
  await waitFor(`${name} is established`, () => hub.api('GET', `/v1/routers/${ROUTER}/health`), {
    until: ({ body }) =>
      Health.safeParse(body).data?.health.neighbors[name]?.sessionState === 'ESTABLISHED',
    within: 120,
    every: 500,
  })
}

/** Whether the kernel has an established TCP connection of BGP with this address. */
function isConnected(address: string): boolean {
  const hex = Buffer.from(address.split('.').map(Number).reverse()).toString('hex').toUpperCase()
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(([, local = '', remote = '', state]) => {
      const isBgp = local.endsWith(':00B3') || remote.endsWith(':00B3')
      return remote.startsWith(hex) && isBgp && state === '01'
    })
}

async function waitForAgent(of: HubProcess): Promise<void> {
  const Router = z.looseObject({ connected: z.boolean() })
  await waitFor('the agent connects', () => of.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Router.safeParse(body).data?.connected === true,
    within: 180,
  })
}

interface Received {
  readonly at: number
  readonly type: string
  readonly data: z.infer<typeof News>['data']
  /** When the hub had it. */
  readonly hub: number
}

/** All that the hub's stream says, from now on. */
function listen(): Received[] {
  const received: Received[] = []
  hub.stream(watching.signal, ({ type, data }: HubNews) => {
    const news = News.safeParse(data)
    if (news.success) {
      const hub = Date.parse(news.data.at ?? '') - performance.timeOrigin
      received.push({ at: performance.now(), type, data: news.data.data, hub })
    }
  })
  return received
}

function light(passes: boolean): void {
  if (fibre === null) {
    router.far.run('ip', 'link', 'set', FAR_PORT, passes ? 'up' : 'down')
    return
  }
  for (const name of [PORT, FAR_PORT]) {
    writeSync(fibre, passes ? `strand ${name} ${ONE_DB}` : `strand ${name} 0 -1`)
  }
}

async function cuts(received: Received[]): Promise<void> {
  const times = {
    ...{ word: [] as number[], critical: [] as number[], poller: [] as number[] },
    ...{ agent: [] as number[], hub: [] as number[] },
  }
  for (let round = 0; round < CUTS; round += 1) {
    // linkwatch of the kernel reports a change of a port once a second at most, and polls come at any time.
    await sleep(2500 + Math.random() * 1000)
    received.length = 0
    const polled = poller()
    const start = performance.now()
    light(false)
    const isWord = ({ data }: Received): boolean =>
      (data.kind === 'port' && data.name === PORT) ||
      data.patch?.ports?.[PORT]?.operStatus === 'DOWN'
    const isCritical = ({ data }: Received): boolean =>
      data.kind === 'port' && data.name === PORT && data.severity === 'critical'
    times.critical.push((await first(received, isCritical)) - start)
    const event = received.find(isCritical)
    const observed = Date.parse(event?.data.at ?? '') - performance.timeOrigin
    times.agent.push(observed - start)
    times.hub.push((event?.hub ?? Number.NaN) - observed)
    times.word.push((await first(received, isWord)) - start)
    times.poller.push((await polled) - start)
    light(true)
    await first(received, isBack)
  }
  const rival = quantile(times.poller, 0.5)
  rows('fibre cut: first word at the hub', times.word, rival)
  rows('fibre cut: critical event at the hub', times.critical, rival)
  rows('fibre cut: until the agent judges it', times.agent, null)
  rows('fibre cut: from there until the hub stores it', times.hub, null)
  rows('fibre cut: a poller of 1 s on the router', times.poller, null)
}

/** The port has its link, and has had it long enough. */
function isBack({ data }: Received): boolean {
  return data.kind === 'port' && data.code === 'LIFECYCLE' && data.severity === 'ok'
}

/** When a program that reads the carrier once a second sees that it is gone; its phase is any. */
async function poller(): Promise<number> {
  await sleep(Math.random() * 1000)
  while (readFileSync(`/sys/class/net/${PORT}/carrier`, 'utf8').trim() === '1') await sleep(1000)
  return performance.now()
}

/** A session that its peer ends, and two that end because nothing arrives from the peer any more. */
async function drops(
  received: Received[],
  peer: BgpPeer & { readonly frr: FrrDaemons },
): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < DROPS; round += 1) {
    await shownEstablished(`net-1/${THEIRS[1]}`)
    received.length = 0
    const ending = ended(THEIRS[1])
    peer.frr.vtysh(`clear bgp ${NEAR[1]}`)
    const start = await ending
    times.push((await first(received, isLost)) - start)
  }
  rows('session ended by the peer: event at the hub', times, null)
  await silence('silent peer: BFD (3 x 300 ms) ends the session', 0, SILENCES.bfd)
  await silence('silent peer: the hold time (30 s) ends the session', 1, SILENCES.hold)
}

function isLost({ data }: Received): boolean {
  return data.kind === 'neighbor' && data.name === `net-1/${THEIRS[1]}`
}

/** How long a session with a peer of which nothing arrives any more stays established. */
async function silence(name: string, at: 0 | 1, rounds: number): Promise<void> {
  const vlan = `${FAR_PORT}.${at + 1}`
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await established()
    await sleep(3000)
    const start = performance.now()
    router.far.run('ip', 'link', 'set', vlan, 'down')
    times.push((await ended(THEIRS[at])) - start)
    router.far.run('ip', 'link', 'set', vlan, 'up')
  }
  rows(name, times, null)
}

/** When the kernel has no established connection with this address any more. */
async function ended(address: string): Promise<number> {
  while (isConnected(address)) await sleep(2)
  return performance.now()
}

async function first(received: Received[], is: (one: Received) => boolean): Promise<number> {
  const found = await waitFor('the hub has it', () => received.find(is), {
    until: (one) => one !== undefined,
    within: 60,
    every: 5,
  })
  return found?.at ?? Number.NaN
}

function rows(name: string, times: readonly number[], rival: number | null): void {
  row(`${name}, median of ${times.length}`, quantile(times, 0.5), rival, 'ms')
  row(`${name}, 99 %`, quantile(times, 0.99), rival, 'ms')
  row(`${name}, worst`, Math.max(...times), rival, 'ms')
}

function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
