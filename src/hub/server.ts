import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { millis, type Millis } from '../core/base/time.js'
import type { Certificate } from './certificate.js'

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

/** The server, and what a reload changes of it. */
export interface HubServer {
  readonly server: Server
  /** Connections from now on get this certificate; those that are open stay. */
  readonly replaceCertificate: (certificate: Certificate) => void
}

/**
 * TLS 1.3, and of TLS 1.2 only the suites with forward secrecy and authenticated encryption (RFC 9325
 * section 4.2).
 */
const TLS = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
} as const

/** An HTTP server, or with a certificate an HTTPS server, that does not listen yet. */
export function createHubServer(certificate: Certificate | null, times: ServerTimes): HubServer {
  const limits = {
    headersTimeout: times.headers,
    requestTimeout: times.request,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL, times.headers),
    maxHeaderSize: HEADER_MAX,
    keepAliveTimeout: IDLE,
  }
  if (certificate === null) {
    return { server: createServer(limits), replaceCertificate: () => undefined }
  }
  const server = createTlsServer({
    ...limits,
    ...TLS,
    ...certificate,
    handshakeTimeout: times.headers,
  })
  return { server, replaceCertificate: (next) => server.setSecureContext({ ...TLS, ...next }) }
}
