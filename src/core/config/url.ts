import { contains, parseCidr, parseIp } from '../base/ip.js'

/** `ws://` or `wss://`, a name or an address, optionally a port and a path; no user, query or fragment. */
const HUB_URL =
  /^(wss?):\/\/([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?(?:\/[A-Za-z0-9._~/-]*)?$/

/** The parts of a hub's URL that decide how it is trusted; `plain` is without TLS. */
export interface HubUrl {
  readonly plain: boolean
  readonly host: string
}

/** The parts of a hub's URL, an IPv6 host without brackets; undefined: it is no such URL. */
export function parseHubUrl(text: string): HubUrl | undefined {
  return parts(text)
}

/** Likewise of `http://` and `https://`. */
export function parseHttpUrl(text: string): HubUrl | undefined {
  return /^https?:/.test(text) ? parts(text.replace('http', 'ws')) : undefined
}

function parts(text: string): HubUrl | undefined {
  const [, scheme, host = '', port = '443'] = HUB_URL.exec(text) ?? []
  const bare = host.replaceAll(/^\[|\]$/g, '')
  const isHost = host.startsWith('[') ? parseIp(bare) !== undefined : host !== ''
  if (!isHost || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { plain: scheme === 'ws', host: bare }
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'].flatMap((block) => parseCidr(block) ?? [])

/** Whether traffic to this name or address stays on the machine (RFC 6761 section 6.3). */
export function isLoopbackHost(host: string): boolean {
  const ip = parseIp(host)
  return host === 'localhost' || (ip !== undefined && LOOPBACK.some((block) => contains(block, ip)))
}

/** Reads `127.0.0.1:7482` or `[::1]:7482`; undefined: it is no port at a loopback address. */
export function parseLoopbackPlace(
  text: string,
): { readonly address: string; readonly port: number } | undefined {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? []
  const address = bracketed ?? plain ?? ''
  const isLoopback = parseIp(address) !== undefined && isLoopbackHost(address)
  const number = Number(port)
  return isLoopback && number >= 1 && number <= 65_535 ? { address, port: number } : undefined
}
