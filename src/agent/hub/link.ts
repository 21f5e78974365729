import { FaultError, fault, type Fault } from '../../core/base/fault.js'
import { never } from '../../core/base/never.js'
import type { Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import {
  nextSession,
  startSession,
  type SessionAct,
  type SessionEvent,
  type SessionPolicy,
} from '../../core/session/session.js'
import {
  AGENT_METHODS,
  HUB_METHODS,
  type ChangeProgress,
  type HelloParams,
} from '../../core/wire/messages.js'
import { connect } from '../../edge/socket/client.js'
import { createLiveness, type HubLiveness } from './liveness.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import {
  createWakeup,
  createProgressQueue,
  deliverReports,
  type HubPeer,
  type ReportSource,
} from './delivery.js'

interface LinkSettings {
  /** In the order they are tried. */
  readonly urls: readonly string[]
  readonly router: string
  /** Milliseconds between pings. */
  readonly heartbeat: number
  /** Milliseconds without an answer after which the hub counts as gone. */
  readonly silence: number
  /** Milliseconds; 60,000 unless said. */
  readonly backoffCap?: number
}

/** The link as `status` shows it. */
export interface HubState {
  /** The hub in use or tried last. */
  readonly url: string | null
  readonly connected: boolean
  /** ISO 8601: of the last change of `connected`; null before the first connection. */
  readonly since: string | null
  readonly lastError: string | null
}

export interface HubLinkOptions {
  readonly settings: LinkSettings
  /** Read at every dial, so that a rotated token is used without a restart. */
  readonly token: () => Promise<string>
  /** PEM text of the authorities to trust instead of Node's own, read at every dial; null: none. */
  readonly ca: () => Promise<string | null>
  readonly hello: () => HelloParams | Promise<HelloParams>
  readonly handlers: Handlers<typeof AGENT_METHODS>
  readonly outbox: ReportSource
  /** Called before the first report of a connection is asked for. */
  readonly onState: (state: HubState) => void
  /** One line for the log; never a secret. */
  readonly onTrouble?: (what: string) => void
  readonly clock: { readonly now: () => number; readonly wall: () => Date }
  /** A number in [0, 1). */
  readonly random: () => number
  readonly signal: AbortSignal
}

export interface HubLink {
  /** There is more in the outbox. */
  readonly wake: () => void
  /** Tells the hub, now or once it can be reached; doubles do no harm. */
  readonly progress: (record: ChangeProgress) => void
  /** Asks for a sign of life now; it shows in `signs`. */
  readonly requestPing: () => void
  readonly liveness: () => HubLiveness
  /** After the signal: the socket is closed. */
  readonly stopped: Promise<void>
}

const PATIENCE = 10_000
const BACKOFF_BASE = 1000
const BACKOFF_CAP = 60_000

/** One dial and what came of it. */
interface Attempt {
  readonly dial: number
  readonly url: string
  readonly abort: AbortController
  peer?: HubPeer
  resumeAt: number
}

/**
 * Keeps the control connection: owns the timer and the socket, and does what the state machine of
 * `core/session` says.
 */
export function startHubLink(options: HubLinkOptions): HubLink {
  const { settings, clock } = options
  const policy: SessionPolicy = {
    hubs: settings.urls.length,
    heartbeat: settings.heartbeat,
    silence: settings.silence,
    patience: PATIENCE,
    backoffBase: BACKOFF_BASE,
    backoffCap: settings.backoffCap ?? BACKOFF_CAP,
  }
  const trouble = options.onTrouble ?? (() => undefined)
  const more = createWakeup()
  const progress = createProgressQueue()
  const signs = createLiveness(clock.now)
  let session = startSession(clock.now())
  let timer: NodeJS.Timeout | undefined
  let attempt: Attempt | undefined
  let shown: HubState = { url: null, connected: false, since: null, lastError: null }

  function show(change: Partial<HubState>): void {
    shown = { ...shown, ...change }
    options.onState(shown)
  }

  function see(event: SessionEvent): void {
    const wasUp = session.is === 'up'
    const [after, acts] = nextSession(policy, session, event, clock.now())
    session = after
    if (wasUp && session.is !== 'up') {
      // Only one that no longer answers its pings is hung up on; the others went by themselves.
      if (attempt !== undefined && acts.length > 0) signs.silent(attempt.url)
      show({ connected: false, since: clock.wall().toISOString() })
    }
    clearTimeout(timer)
    if (session.is !== 'stopped') {
      const left = Math.max(0, session.wakeAt - clock.now())
      timer = setTimeout(() => see({ saw: 'timer', jitter: options.random() }), left)
    }
    for (const act of acts) perform(act)
  }

  function perform(act: SessionAct): void {
    if (act.do === 'dial') return dial(act.hub, act.dial)
    if (attempt?.dial !== act.dial) return
    switch (act.do) {
      case 'greet':
        return void greet(attempt)
      case 'resume':
        return resume(attempt)
      case 'ping':
        return void ping(attempt)
      case 'hang-up':
        show({ lastError: act.why })
        attempt.abort.abort()
        return attempt.peer?.hangUp(1001, act.why)
      default:
        never(act)
    }
  }

  function lose({ dial: number, peer }: Attempt, why: Fault): void {
    if (session.is !== 'stopped' && session.is !== 'waiting' && session.dial === number) {
      show({ lastError: `${why.at}: ${why.message}` })
      trouble(`${why.code} ${why.at}: ${why.message}`)
    }
    peer?.hangUp(1001, why.message)
    see({ saw: 'lost', dial: number, jitter: options.random(), why })
  }

  function dial(place: number, number: number): void {
    const url = settings.urls[place]
    if (url === undefined) return
    const now: Attempt = { dial: number, url, abort: new AbortController(), resumeAt: 0 }
    attempt = now
    show({ url })
    void follow(now)
  }

  /** From dial to close. */
  async function follow(now: Attempt): Promise<void> {
    const reached = await reach(now)
    if (!reached.ok) return lose(now, firstFault(reached.faults, now.url))
    const peer = reached.value
    now.peer = peer
    if (now.abort.signal.aborted) return peer.hangUp(1001, 'too late')
    see({ saw: 'connected', dial: now.dial })
    const { code, reason } = await peer.closed
    const said = reason === '' ? `closed with ${code}` : `closed with ${code}: ${reason}`
    lose(now, fault('HUB_UNREACHABLE', now.url, said))
  }

  async function reach(now: Attempt): Promise<Result<HubPeer>> {
    let answered = false
    try {
      const ca = await options.ca()
      const reached = await connect({
        url: now.url,
        token: await options.token(),
        router: settings.router,
        ...(ca === null ? {} : { ca }),
        mine: AGENT_METHODS,
        theirs: HUB_METHODS,
        handlers: () => options.handlers,
        unreachable: 'HUB_UNREACHABLE',
        signal: now.abort.signal,
        timeout: millis(PATIENCE),
        onAnswer(address) {
          answered = true
          signs.answered(now.url, address)
        },
        onBug: (method, error) => trouble(`BUG ${method}: ${String(error)}`),
      })
      if (!answered) signs.silent(now.url)
      return reached
    } catch (error) {
      return { ok: false, faults: [thrownFault(error, now.url)] }
    }
  }

  async function greet(now: Attempt): Promise<void> {
    try {
      const hello = await options.hello()
      const answer = await now.peer?.call('hello', hello, { timeout: millis(PATIENCE) })
      if (answer === undefined) return
      if (!answer.ok) return lose(now, firstFault(answer.faults, now.url))
      now.resumeAt = answer.value.acknowledged
      signs.heard()
      see({ saw: 'welcomed', dial: now.dial })
    } catch (error) {
      lose(now, thrownFault(error, now.url))
    }
  }

  function resume(now: Attempt): void {
    const { peer } = now
    if (peer === undefined) return
    show({ connected: true, since: clock.wall().toISOString(), lastError: null })
    const refused = (why: Fault): void => trouble(`progress refused: ${why.at}: ${why.message}`)
    for (const work of [
      deliverReports(peer, options.outbox, now.resumeAt, more),
      progress.deliver(peer, refused),
    ]) {
      void work.then(
        (why) => lose(now, fault('HUB_UNREACHABLE', now.url, why)),
        (error: unknown) => lose(now, thrownFault(error, now.url)),
      )
    }
  }

  async function ping(now: Attempt): Promise<void> {
    const answer = await now.peer?.call('ping', {}, { timeout: millis(policy.silence) })
    if (answer?.ok !== true) return
    signs.heard()
    see({ saw: 'pong', dial: now.dial })
  }

  function ask(): void {
    if (session.is === 'up' && attempt !== undefined) void ping(attempt)
  }

  const stopped = new Promise<void>((resolve) => {
    const stop = (): void => {
      const peer = attempt?.peer
      see({ saw: 'stop' })
      void Promise.resolve(peer?.closed).then(() => resolve())
    }
    if (options.signal.aborted) stop()
    else options.signal.addEventListener('abort', stop, { once: true })
  })
  if (!options.signal.aborted) see({ saw: 'timer', jitter: options.random() })
  return {
    wake: more.notify,
    progress: progress.add,
    requestPing: ask,
    liveness: () => ({ ...signs.seen(), connected: shown.connected, lastError: shown.lastError }),
    stopped,
  }
}

function firstFault(faults: readonly Fault[], at: string): Fault {
  return faults[0] ?? fault('HUB_UNREACHABLE', at)
}

function thrownFault(error: unknown, at: string): Fault {
  return error instanceof FaultError ? error.fault : fault('BUG', at, String(error))
}
