import { attempt } from '../../core/base/attempt.js'
import { fault } from '../../core/base/fault.js'
import { quote } from '../../core/base/quote.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis, toMillis, type Millis } from '../../core/base/time.js'
import { wrongAcknowledgement } from '../../core/report/answer.js'
import { AGENT_METHODS, HUB_METHODS, type HelloParams } from '../../core/wire/messages.js'
import { protocolList } from '../../core/wire/rpc.js'
import { connect } from '../../edge/socket/client.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { HubPeer } from './delivery.js'
import type { LivenessRecord } from './liveness.js'

/** What this agent needs to connect to a hub, and to introduce itself. */
export interface DialOptions {
  readonly router: string
  /** Read at every dial, so that a rotated token is used without a restart. */
  readonly token: () => Promise<string>
  /** PEM text of the authorities to trust instead of Node's own, read at every dial; null: none. */
  readonly ca: () => Promise<string | null>
  readonly hello: () => HelloParams | Promise<HelloParams>
  readonly handlers: Handlers<typeof AGENT_METHODS>
  /** One line for the log; never a secret. */
  readonly onWarning: (message: string) => void
}

/** Limit for the connection, and again for the hub's answer to hello. */
export const PATIENCE = millis(10_000)

/** One dial, and the connection that came of it. */
export interface Dial {
  readonly number: number
  readonly url: string
  readonly abort: AbortController
  /** null: not connected yet. */
  peer: HubPeer | null
  /** The newest report that the hub has kept, from its answer to hello. */
  resumeAt: number
  /** The wait that the hub asked for when it refused; 0: none. */
  retryAfter: Millis
}

export function newDial(number: number, url: string): Dial {
  const abort = new AbortController()
  return { number, url, abort, peer: null, resumeAt: 0, retryAfter: millis(0) }
}

/** Connects to the hub of this dial, and records whether anything answered there. Never rejects. */
export async function dialHub(
  dial: Dial,
  options: DialOptions,
  liveness: LivenessRecord,
): Promise<Result<HubPeer>> {
  const { url } = dial
  const { router, handlers, onWarning } = options
  return caught(url, async () => {
    const ca = await options.ca()
    let isAnswered = false
    const peer = await connect({
      url,
      token: await options.token(),
      router,
      ...(ca === null ? {} : { ca }),
      mine: AGENT_METHODS,
      theirs: HUB_METHODS,
      handlers: () => handlers,
      unreachable: 'HUB_UNREACHABLE',
      outgoing: 'toHub',
      signal: dial.abort.signal,
      onRetryAfter: (wait) => (dial.retryAfter = toMillis(wait)),
      timeout: PATIENCE,
      onAnswer(address) {
        isAnswered = true
        liveness.answered(url, address)
      },
      onBug: (method, error) => onWarning(`BUG ${method}: ${String(error)}`),
    })
    if (!isAnswered) liveness.timedOut(url)
    return peer
  })
}

/**
 * Says hello; the number of the newest report that the hub has kept. A hub that chooses a protocol which was
 * not offered is refused. Never rejects.
 */
export async function greetHub(
  peer: HubPeer,
  url: string,
  hello: DialOptions['hello'],
): Promise<Result<number>> {
  return caught(url, async () => {
    const params = await hello()
    const answer = await peer.call('hello', params, { timeout: PATIENCE })
    if (!answer.ok) return answer
    const { protocol, hubVersion, acknowledged } = answer.value
    if (!params.protocols.includes(protocol)) {
      const offered = protocolList(params.protocols)
      const chosen = `the hub (version ${quote(hubVersion)}) answers with protocol ${protocol}`
      const detail = `${chosen}, and this agent offers only ${offered}: upgrade the older of the two`
      return refused(fault('PEER_PROTOCOL', url, detail))
    }
    const wrong = wrongAcknowledgement(acknowledged, params.lastSequence)
    return wrong === null ? ok(acknowledged) : refused(fault('PEER_PROTOCOL', url, wrong))
  })
}

/** A defect ends one connection, not the agent: it becomes a fault as well. */
export async function caught<T>(url: string, task: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    const done = await attempt(task)
    return done.ok ? done.value : done
  } catch (error) {
    return refused(fault('BUG', url, String(error)))
  }
}
