import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { fault, FaultError } from '../core/base/fault.js'
import { millis, type Millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import { readCertificate } from './certificate.js'

/** Octets of a request's header. */
const HEADER_MAX = 16 * 1024
/** Time an idle connection of a client is kept for its next request. */
const IDLE = millis(5000)
/** How often Node looks for requests that are too slow. */
const CHECK_INTERVAL = millis(1000)

export interface ServerTimes {
  /** Time for a request's header, and for a TLS handshake. */
  readonly headers: Millis
  /** Time for a whole request. */
  readonly request: Millis
}

/** An HTTP or HTTPS server that does not listen yet. Rejects where the certificate or key cannot be used. */
export async function createHubServer(
  tls: HubSettings['tls'],
  times: ServerTimes,
): Promise<Server> {
  const limits = {
    headersTimeout: times.headers,
    requestTimeout: times.request,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL, times.headers),
    maxHeaderSize: HEADER_MAX,
    keepAliveTimeout: IDLE,
  }
  if (tls === null) return createServer(limits)
  const certificate = await readCertificate(tls)
  if (!certificate.ok) {
    throw new FaultError(certificate.faults[0] ?? fault('CONFIG_VALUE', tls.certFile))
  }
  return createTlsServer({
    ...limits,
    ...certificate.value,
    minVersion: 'TLSv1.2',
    handshakeTimeout: times.headers,
  })
}
