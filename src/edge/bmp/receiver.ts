import { createServer, type Socket } from 'node:net'
import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import { createBmpDecoder } from '../../core/bmp/decoder.js'
import type { BmpEvent } from '../../core/bmp/messages.js'
import type { PeerDown } from '../../core/model/state.js'
import type { Clock } from '../host/clock.js'
import type { Log } from '../host/log.js'
import { createTokenBucket } from '../socket/flow/token-bucket.js'
import { keepListening } from '../socket/listen.js'

/** Connections at a time: bgpd has one for each `router bgp` block. More are refused. */
const CONNECTIONS = 32
/**
 * Octets that all connections send together. bgpd sends about 300 for each session when it connects, and 50 to 4,000
 * for one that ends; with `bmp monitor` it sends all its routes, which are too many.
 */
const OCTETS = { perSecond: 128 * 1024, burst: 8 * 1024 * 1024 }
/** Ends of sessions that are passed on; those above it are left to the look. */
const DOWNS = { perSecond: 16, burst: 256 }
/** Sessions that came up, of which one is enough for a look. */
const UPS = { perSecond: 0.5, burst: 2 }
/** Lines of the log about connections that came and went. */
const LINES = { perSecond: 0.05, burst: 10 }
/** Time for the first message of a connection. */
const FIRST_MESSAGE = millis(10_000)
/** How long no connection is accepted after one was dropped; doubled each time, from the first to the last. */
const BACKOFF = { first: millis(1000), last: millis(60_000) } as const
/** Time without a drop after which the next wait is the first again. */
const STEADY = millis(300_000)

export interface BmpReceiverOptions {
  /** An address of loopback. */
  readonly address: string
  readonly port: number
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
  /** Somebody on this machine, who is bgpd or says so, reports that a session with this address ended. */
  readonly onPeerDown: (address: string, down: PeerDown) => void
  /** Likewise, that one came up; at most once in 2 s on average. */
  readonly onPeerUp: () => void
}

export interface BmpReceiver {
  /** Whether a connection is open that has begun to report. */
  readonly isReporting: () => boolean
  readonly close: () => Promise<void>
}

/**
 * Lets bgpd connect and takes in what it reports. A connection that sends too much, or what is not BMP, is closed, and
 * none is accepted for a while; the log says why. An address that cannot be used is tried again every minute.
 */
export function receiveBmp(options: BmpReceiverOptions): BmpReceiver {
  const { address, port, clock, log } = options
  const octets = createTokenBucket(OCTETS, clock)
  const lines = createTokenBucket(LINES, clock)
  const take = createTaker(options)
  const backoff = createBackoff(clock)
  const sockets = new Set<Socket>()
  const reporting = new Set<Socket>()

  function say(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (lines.level() < 1) return
    lines.take(1)
    log.info({ event: 'bmp', ...fields }, message)
  }

  function drop(socket: Socket, reason: string): void {
    if (socket.destroyed) return
    socket.destroy()
    const wait = backoff.begin()
    const message = 'a connection of BMP was closed, and none is accepted for a while'
    log.warn({ event: 'bmp', reason, seconds: toSeconds(wait) }, message)
  }

  function accept(socket: Socket): void {
    const connection = createConnection(take, (system) => {
      reporting.add(socket)
      say('bgpd reports its sessions', { system })
    })
    const late = setTimeout(() => {
      if (!connection.hasBegun()) drop(socket, 'it has sent no Initiation')
    }, FIRST_MESSAGE)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      octets.take(chunk.length)
      const refusal = octets.level() < 0 ? TOO_MUCH : connection.take(chunk)
      if (refusal !== null) drop(socket, refusal)
    })
    socket.once('close', () => {
      clearTimeout(late)
      sockets.delete(socket)
      reporting.delete(socket)
      if (connection.hasBegun()) say('a connection of BMP has ended; bgpd opens it again')
    })
  }

  const server = createServer((socket) => {
    if (backoff.isOver() && sockets.size < CONNECTIONS) accept(socket)
    else socket.on('error', () => undefined).destroy()
  })
  const listening = keepListening(server, { host: address, port }, `[frr] bmp ${address}:${port}`, {
    onListening: () => log.info({ event: 'bmp', address, port }, 'bgpd can report its sessions'),
    onFailed: (error) => log.warn({ event: 'bmp', error }, 'bgpd cannot report its sessions now'),
  })

  return {
    isReporting: () => reporting.size > 0,
    async close() {
      await listening.stop()
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const TOO_MUCH = 'it sends too much; demarc needs no "bmp monitor" and no "bmp mirror"'

/** Passes on what is reported, within its rates. */
function createTaker({ clock, onPeerDown, onPeerUp }: BmpReceiverOptions) {
  const downs = createTokenBucket(DOWNS, clock)
  const ups = createTokenBucket(UPS, clock)
  return (event: BmpEvent): void => {
    const bucket = event.kind === 'peer-down' ? downs : ups
    if (event.kind === 'initiation' || bucket.level() < 1) return
    bucket.take(1)
    if (event.kind === 'peer-down') onPeerDown(event.address, event.down)
    else onPeerUp()
  }
}

/** What one connection sends; the value of `take` is why it must be closed, null: it goes on. */
function createConnection(take: (event: BmpEvent) => void, onBegin: (system: string) => void) {
  const decoder = createBmpDecoder()
  let hasBegun = false

  function takeIn(event: BmpEvent): void {
    if (event.kind === 'initiation' && !hasBegun) {
      hasBegun = true
      onBegin(event.system ?? '')
    }
    take(event)
  }

  return {
    hasBegun: () => hasBegun,
    take(chunk: Buffer): string | null {
      const result = decoder.take(chunk)
      if (!result.ok) return result.faults[0] ?? null
      const [first] = result.value
      const isEarly = !hasBegun && first !== undefined && first.kind !== 'initiation'
      if (isEarly) return 'its first message is no Initiation'
      result.value.forEach(takeIn)
      return null
    },
  }
}

/** The time after a dropped connection in which none is accepted. */
function createBackoff(clock: Pick<Clock, 'now'>) {
  let wait: Millis = BACKOFF.first
  let overAt = clock.now()
  return {
    isOver: () => clock.now() >= overAt,
    /** The value is for how long. */
    begin(): Millis {
      if (clock.now() - overAt > STEADY) wait = BACKOFF.first
      const duration = wait
      overAt = millis(clock.now() + duration)
      wait = millis(Math.min(wait * 2, BACKOFF.last))
      return duration
    },
  }
}
