import { fault, type Fault } from '../../core/base/fault.js'
import type { HostKey, KnownKeys } from './host-keys.js'

/** The host keys that the operator trusts. */
export interface Trust {
  readonly known: KnownKeys
  /** The fingerprint of `--host-key`; it takes precedence over known_hosts, except over a revoked key. */
  readonly expected: string | null
}

/** SSH_HOST_KEY, or undefined: the key is trusted. A key that is not known is never trusted. */
export function judgeHostKey(trust: Trust, shown: HostKey, place: string): Fault | undefined {
  const { known, expected } = trust
  if (has(known.revoked, shown)) {
    return wrong(place, `the router presents ${named(shown)}, which known_hosts marks as revoked`)
  }
  if (expected !== null) {
    if (expected === shown.fingerprint) return undefined
    const detail = `the router presents ${named(shown)}, but --host-key is ${expected}: it may be another machine, so demarc does not log in`
    return wrong(place, detail)
  }
  if (has(known.trusted, shown)) return undefined
  const same = known.trusted.find(({ type }) => type === shown.type)
  if (same !== undefined) {
    const detail =
      `the router presents ${named(shown)}, but known_hosts has ${same.fingerprint}: it was ` +
      'reinstalled, or another machine intercepts the connection'
    return wrong(place, detail)
  }
  return wrong(
    place,
    `the router's host key is not known; it presents ${named(shown)}. Compare that on the router's ` +
      `console (ssh-keygen -lf /etc/ssh/ssh_host_${file(shown.type)}_key.pub), then add: --host-key ${shown.fingerprint}`,
  )
}

/** Host key types in the order of preference; ssh-rsa, which uses SHA-1 (RFC 8332), is not accepted. */
const TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/**
 * The accepted types, first those whose key is known. A router with several keys would otherwise present
 * one that nobody has compared yet.
 */
export function keyTypes(trust: Trust): (typeof TYPES)[number][] {
  const known = new Set(trust.known.trusted.map(({ type }) => type))
  const isKnown = (type: string): boolean =>
    known.has(type) || (type.startsWith('rsa-') && known.has('ssh-rsa'))
  return [...TYPES.filter(isKnown), ...TYPES.filter((type) => !isKnown(type))]
}

function has(keys: readonly HostKey[], shown: HostKey): boolean {
  return keys.some(({ fingerprint }) => fingerprint === shown.fingerprint)
}

function named({ type, fingerprint }: HostKey): string {
  return `${type} ${fingerprint}`
}

function file(type: string): string {
  if (type.startsWith('ecdsa')) return 'ecdsa'
  return type === 'ssh-rsa' ? 'rsa' : 'ed25519'
}

function wrong(place: string, what: string): Fault {
  return fault('SSH_HOST_KEY', place, what)
}
