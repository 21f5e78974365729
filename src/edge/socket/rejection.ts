import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as z from 'zod'
import { fault, nextAfter, type Fault, type FaultCode } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import type { Seconds } from '../../core/base/time.js'
import { FaultShape } from '../../core/wire/rpc.js'

/** The body of a refused handshake. Members that this version does not know are ignored. */
const Rejection = z.object({ faults: z.array(z.object(FaultShape.shape)).min(1).max(20) })

/** Why an upgrade is refused. */
export interface Refusal {
  /** HTTP status with its phrase. */
  readonly status: string
  readonly fault: Fault
  /** When the caller may try again (RFC 9110 section 10.2.3). */
  readonly retryAfter?: Seconds
}

/** Characters of a body that are read. */
const BODY_MAX = 8192

/**
 * Refuses an upgrade with a plain HTTP answer whose JSON body says what is wrong, for a person with curl
 * as well as for {@link rejectionFaults}.
 */
export function reject(socket: Duplex, refusals: readonly Refusal[]): void {
  const body = JSON.stringify({
    faults: refusals.map(({ fault: reason }) => ({ ...reason, next: nextAfter(reason.code) })),
  })
  const [first] = refusals
  const retryAfter = first?.retryAfter === undefined ? '' : `Retry-After: ${first.retryAfter}\r\n`
  // The HTTP server sets no timeout on an upgraded socket; a caller that keeps it open would hold it for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${first?.status ?? '400 Bad Request'}\r\nContent-Type: application/json\r\n` +
      `Connection: close\r\n${retryAfter}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** Why the other end refused the handshake, as it says itself or as its HTTP status implies. */
export async function rejectionFaults(
  response: IncomingMessage,
  at: string,
  unreachable: FaultCode,
): Promise<readonly Fault[]> {
  const status = response.statusCode ?? 0
  const parsed = Rejection.safeParse(parseJson(await bodyOf(response)))
  if (parsed.success) {
    return parsed.data.faults.map((reason) => ({ ...reason, message: `${at}: ${reason.message}` }))
  }
  if (status === 401 || status === 403) {
    return [fault('UNAUTHORIZED', at, `the hub answered ${status}: it does not accept the token`)]
  }
  const detail = `answered ${status} and not with a WebSocket; check the address`
  return [fault(unreachable, at, detail)]
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString()
      if (text.length > BODY_MAX) break
    }
  } catch {
    // A body that breaks off is not valid JSON and counts as none.
  }
  return text
}
