import { setTimeout as sleep } from 'node:timers/promises'
import { register, startHubProcess } from './hub-process.js'
import { ask, hello, openSocket, quantile, startHonest } from './peers.js'

/** What the honest routers of one hub noticed of an attacker. */
export interface LoadFigures {
  /** What the attacker sent. */
  readonly attack: string
  readonly frames: number
  readonly pings: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const HONEST = 9
/** Heavy messages of one attack; a hub takes about one in a second. */
const FRAMES = 60
/** Octets that wait to be sent before the attacker waits. */
const BEHIND = 2 * 1024 * 1024
const HEAVY_NONE = (): string => ''

/** Reports of the largest size that a hub takes, each costly in its own way; `n` is the number of the report. */
export const HEAVY: Readonly<Record<string, (n: number) => string>> = {
  none: () => '',
  'one long text': (n) => report(n, 'full', { text: 'x'.repeat(1_000_000) }),
  'many objects': (n) =>
    report(n, 'full', {
      ports: Object.fromEntries(range(10_000, (i) => [`p${i}`, { a: { b: i } }])),
    }),
  'differences that grow': (n) =>
    n === 1
      ? report(n, 'full', {})
      : report(n, 'difference', {
          [`section-${n % 4}`]: Object.fromEntries(
            range(15_000, (i) => [`${n % 4}-${i}`, `${n} ${'y'.repeat(40)}`]),
          ),
        }),
  'unknown keys': (n) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: n,
      method: 'ping',
      params: Object.fromEntries(range(16_000, (i) => [`key-${i}`, 'z'.repeat(40)])),
    }),
  'wrong events': (n) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: n,
      method: 'report.events',
      params: { sequence: n, events: range(60_000, () => 0) },
    }),
}

function range<T>(count: number, item: (place: number) => T): T[] {
  return Array.from({ length: count }, (_, place) => item(place))
}

function report(n: number, kind: 'full' | 'difference', health: object): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: n,
    method: 'report.health',
    params: { sequence: n, at: '2026-03-01T10:00:00.000Z', kind, health },
  })
}

/** Nine routers ping while another one sends the heaviest messages as fast as it may. */
export async function measureLoad(
  dir: string,
  attack: keyof typeof HEAVY,
  seconds: number,
): Promise<LoadFigures> {
  const hub = await startHubProcess(dir)
  const token = await register(hub, 'hostile')
  // Made before the others measure, because this process would keep them waiting too.
  const frames = range(FRAMES, (i) => (HEAVY[attack] ?? HEAVY_NONE)(i + 1))
  const honest = await Promise.all(
    range(HONEST, async (i) => startHonest(hub.port, `r${i}`, await register(hub, `r${i}`))),
  )
  const sent = await send(hub.port, token, { frames, seconds })
  await Promise.all(honest.map(async ({ stop }) => stop()))
  await hub.stop()
  const waits = honest.flatMap(({ waits: own }) => own)
  return {
    attack,
    frames: sent,
    pings: waits.length,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    max: quantile(waits, 1),
  }
}

async function send(
  port: number,
  token: string,
  { frames, seconds }: { readonly frames: readonly string[]; readonly seconds: number },
): Promise<number> {
  const ws = await openSocket(port, 'hostile', token)
  await ask(ws, hello('hostile'))
  const until = Date.now() + seconds * 1000
  let sent = 0
  while (Date.now() < until) {
    const frame = frames[sent]
    const isBehind = ws.bufferedAmount > BEHIND
    if (frame !== undefined && frame !== '' && ws.readyState === ws.OPEN && !isBehind) {
      ws.send(frame)
      sent += 1
    }
    await sleep(10)
  }
  ws.terminate()
  return sent
}
