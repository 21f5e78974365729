import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'
import { startDemarcd, type DemarcdProcess } from '../support/agent/demarcd-process.js'
import { hostileFrame } from './frames.js'
import { readPublished } from './from-schema.js'
import { quantile } from './peers.js'
import { randomFrom, type Random } from './random.js'

/** What a run against demarcd as a program found. */
export interface DemarcdFigures {
  readonly seed: number
  /** Frames at its local socket, and those of a hub that it dialled. */
  readonly local: Counts
  readonly hub: Counts
  /** Times of an honest command's pings at the local socket, ms. */
  readonly pings: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly alive: boolean
  readonly startedAgain: boolean
  /** Lines of the log that name a defect. */
  readonly defects: readonly string[]
}

interface Counts {
  frames: number
  answered: number
  refused: number
  connections: number
  /** Answers that name a defect of demarc's own. */
  bugs: number
}

export interface DemarcdFuzz {
  /** A short path: that of a socket is limited (unix(7)). */
  readonly dir: string
  readonly seed: number
  readonly seconds: number
}

/**
 * Sends hostile frames to a demarcd of its own from both sides at once, from a local caller and from the hub that it
 * dials, until the time is over; then starts it again on the same state. Its router is a namespace with one port.
 */
export async function fuzzDemarcd({ dir, seed, seconds }: DemarcdFuzz): Promise<DemarcdFigures> {
  const hubSocket = join(dir, 'hub')
  const hub = await hostileHub(hubSocket, randomFrom(seed))
  const options = { dir, hubSocket }
  const agent = await startDemarcd(options)
  const until = Date.now() + seconds * 1000
  const [local, waits] = await Promise.all([
    attackLocally(agent, randomFrom(seed + 1), until),
    pingHonestly(agent, until),
  ])
  const alive = agent.isAlive()
  await agent.stop()
  hub.close()
  rmSync(hubSocket, { force: true })
  const again = await startDemarcd({ dir })
  const startedAgain = again.isAlive()
  await again.stop()
  return {
    seed,
    local,
    hub: hub.counts,
    pings: waits.length,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    max: quantile(waits, 1),
    alive,
    startedAgain,
    defects: [...agent.log, ...again.log].filter(isDefect),
  }
}

/** A handler or a turn that threw something other than a fault, and a promise that nobody waited for. */
function isDefect(line: string): boolean {
  return /"event":"(?:bug|turn-failed|look-failed|change-failed|rejection)"|"code":"BUG"/.test(line)
}

/** Frames at once: the agent soon ends such a connection, and waits before it dials again. */
const BURST = 20

/** A hub that answers `hello` honestly, most other calls with nonsense, and calls the agent all the time. */
async function hostileHub(path: string, random: Random) {
  const published = readPublished()
  const counts = none()
  const http = createServer()
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'demarc.v1' })
  server.on('connection', (ws) => {
    counts.connections += 1
    ws.on('error', () => undefined)
    ws.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString()) as { id?: unknown; method?: string }
      if (method === undefined) {
        count(counts, data)
        return
      }
      const honest = { hub: 'h', hubVersion: '1', protocol: 1, acknowledged: 0 }
      const isHonest = method === 'hello' || random.once(3)
      const result = isHonest ? honest : published.value(`hub.${method}.result`, random)
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
    void flood(ws)
  })

  async function flood(ws: WebSocket): Promise<void> {
    await sleep(100)
    while (ws.readyState === ws.OPEN) {
      for (let n = 0; n < BURST; n += 1) {
        ws.send(hostileFrame(published, 'agent', random), { binary: false })
        counts.frames += 1
      }
      await sleep(5)
    }
  }

  http.listen(path)
  await once(http, 'listening')
  return {
    counts,
    close() {
      for (const ws of server.clients) ws.terminate()
      http.close()
    },
  }
}

/** Frames of one connection before the next is opened. */
const FRAMES = 100

async function attackLocally(
  { socket, isAlive }: DemarcdProcess,
  random: Random,
  until: number,
): Promise<Counts> {
  const published = readPublished()
  const counts = none()
  while (Date.now() < until && isAlive()) {
    const ws = await openLocal(socket)
    if (ws === null) {
      await sleep(100)
      continue
    }
    counts.connections += 1
    ws.on('message', (data: Buffer) => count(counts, data))
    for (let n = 0; n < FRAMES && ws.readyState === ws.OPEN && Date.now() < until; n++) {
      ws.send(hostileFrame(published, 'agent', random), { binary: false })
      counts.frames += 1
      await sleep(2)
    }
    ws.terminate()
  }
  return counts
}

/** A WebSocket of a third party; null: it was refused, or closed at once. */
async function openLocal(path: string): Promise<WebSocket | null> {
  const ws = new WebSocket(`ws+unix:${path}:/agent`, 'demarc.v1', { perMessageDeflate: false })
  ws.on('error', () => undefined)
  return new Promise((resolve) => {
    ws.once('open', () => resolve(ws))
    ws.once('close', () => resolve(null))
  })
}

const PAUSE = 50

async function pingHonestly(agent: DemarcdProcess, until: number): Promise<readonly number[]> {
  const peer = await agent.connect()
  const waits: number[] = []
  while (Date.now() < until && !peer.signal.aborted) {
    const since = performance.now()
    const answer = await peer.call('ping', {})
    if (answer.ok) waits.push(performance.now() - since)
    await sleep(PAUSE)
  }
  peer.hangUp(1000, 'done')
  return waits
}

function none(): Counts {
  return { frames: 0, answered: 0, refused: 0, connections: 0, bugs: 0 }
}

function count(counts: Counts, data: Buffer): void {
  if (data.includes('"code":"BUG"')) counts.bugs += 1
  if (data.subarray(0, 80).includes('"error"')) counts.refused += 1
  else counts.answered += 1
}
