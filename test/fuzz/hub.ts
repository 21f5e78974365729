import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { hostileFrame } from './frames.js'
import { readPublished } from './from-schema.js'
import { register, startHubProcess } from './hub-process.js'
import { ask, hello, openSocket, quantile, startHonest } from './peers.js'
import { randomFrom } from './random.js'

/** What a run of the fuzzer found. */
export interface FuzzFigures {
  readonly seed: number
  readonly frames: number
  readonly octets: number
  readonly answered: number
  readonly refused: number
  readonly connections: number
  /** Times of an honest router's pings, ms. */
  readonly pings: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly alive: boolean
  readonly startedAgain: boolean
  /** Lines of the log that name a defect. */
  readonly defects: readonly string[]
}

export interface FuzzOptions {
  readonly dir: string
  readonly seed: number
  readonly seconds: number
}

const HOSTILE = 'hostile'
const HONEST = 'honest'

/** Sends hostile frames to a hub of its own until the time is over, and then starts the hub again. */
export async function fuzzHub({ dir, seed, seconds }: FuzzOptions): Promise<FuzzFigures> {
  const hub = await startHubProcess(dir)
  const token = await register(hub, HOSTILE)
  const honest = await startHonest(hub.port, HONEST, await register(hub, HONEST))
  const counts = await attack({ port: hub.port, token, seed, seconds, isAlive: hub.isAlive })
  await honest.stop()
  const alive = hub.isAlive()
  await hub.stop()
  const again = await startHubProcess(dir)
  const startedAgain = again.isAlive()
  await again.stop()
  const { waits } = honest
  return {
    seed,
    ...counts,
    pings: waits.length,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    max: quantile(waits, 1),
    alive,
    startedAgain,
    defects: [...hub.log, ...again.log].filter((line) => /"event":"(?:bug|store)"/.test(line)),
  }
}

interface Target {
  readonly port: number
  readonly token: string
  readonly seed: number
  readonly seconds: number
  readonly isAlive: () => boolean
}

/** Frames of one connection before the next is opened. */
const FRAMES = 200
/** Frames after which the attacker waits until they are read: those that still wait at the end test nothing. */
const BATCH = 20

async function attack({ port, token, seed, seconds, isAlive }: Target): Promise<Counts> {
  const published = readPublished()
  const random = randomFrom(seed)
  const until = Date.now() + seconds * 1000
  const counts: Counts = { frames: 0, octets: 0, answered: 0, refused: 0, connections: 0 }
  while (Date.now() < until && isAlive()) {
    const ws = await openSocket(port, HOSTILE, token).catch(() => undefined)
    if (ws === undefined) {
      await sleep(200)
      continue
    }
    counts.connections += 1
    countAnswers(ws, counts)
    if (!random.once(5)) await ask(ws, hello(HOSTILE, random.pick([0, 5, 2 ** 53 - 1])))
    for (let n = 0; n < FRAMES && ws.readyState === ws.OPEN && Date.now() < until; n++) {
      const frame = hostileFrame(published, 'hub', random)
      counts.frames += 1
      counts.octets += frame.length
      ws.send(frame, { binary: false })
      if (n % BATCH === BATCH - 1) await drained(ws, until)
    }
    await drained(ws, until)
    ws.terminate()
  }
  return counts
}

interface Counts {
  frames: number
  octets: number
  answered: number
  refused: number
  connections: number
}

function countAnswers(ws: WebSocket, counts: Counts): void {
  ws.on('message', (data: Buffer) => {
    if (data.subarray(0, 80).includes('"error"')) counts.refused += 1
    else counts.answered += 1
  })
}

/** Waits until the hub has read everything: it answers a WebSocket ping after the frames before it. */
async function drained(ws: WebSocket, until: number): Promise<void> {
  let isRead = false
  ws.once('pong', () => (isRead = true))
  if (ws.readyState === ws.OPEN) ws.ping()
  while (!isPast(until) && ws.readyState === ws.OPEN) {
    if (isRead) return
    await sleep(5)
  }
}

function isPast(until: number): boolean {
  return Date.now() >= until
}
