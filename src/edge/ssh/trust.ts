import { fault, type Fault } from '../../core/base/fault.js'
import type { HostKey, KnownKeys } from './host-keys.js'

/** What the operator says about the router's key. */
export interface Trust {
  readonly known: KnownKeys
  /** `--host-key SHA256:…`; outweighs what is known, except a revoked key. */
  readonly expected: string | null
}

/** undefined: the key is the router's. Nothing is ever trusted at first sight. */
export function judgeHostKey(trust: Trust, shown: HostKey, place: string): Fault | undefined {
  const { known, expected } = trust
  if (has(known.revoked, shown)) return wrong(place, `${said(shown)}, which is marked as revoked`)
  if (expected !== null) {
    if (expected === shown.fingerprint) return undefined
    return wrong(place, `${said(shown)}, not the ${expected} of --host-key: do not log in`)
  }
  if (has(known.trusted, shown)) return undefined
  const same = known.trusted.find(({ type }) => type === shown.type)
  if (same !== undefined) {
    return wrong(
      place,
      `${said(shown)}, but is known by ${same.fingerprint}: it was reinstalled, or someone is in between`,
    )
  }
  return wrong(
    place,
    `is not known yet; ${said(shown)}. Compare it on the router's console ` +
      `(ssh-keygen -lf /etc/ssh/ssh_host_${file(shown.type)}_key.pub), then add: --host-key ${shown.fingerprint}`,
  )
}

/** Host key types that are asked for, best first; ssh-rsa with SHA-1 (RFC 8332) is not among them. */
const TYPES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/**
 * The same types with those first that are already known: a router with several keys would otherwise
 * show one that nobody has compared yet.
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

function said({ type, fingerprint }: HostKey): string {
  return `shows ${type} ${fingerprint}`
}

function file(type: string): string {
  if (type.startsWith('ecdsa')) return 'ecdsa'
  return type === 'ssh-rsa' ? 'rsa' : 'ed25519'
}

function wrong(place: string, what: string): Fault {
  return fault('SSH_HOST_KEY', place, what)
}
