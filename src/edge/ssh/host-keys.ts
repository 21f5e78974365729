import { createHash, createHmac } from 'node:crypto'

/** A router's public key as it travels (RFC 4253 section 6.6), with what people compare. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
}

/** What is known about one router beforehand. */
export interface KnownKeys {
  readonly trusted: readonly HostKey[]
  /** Marked `@revoked`: never to be trusted again. */
  readonly revoked: readonly HostKey[]
}

/** Reads type and fingerprint from the key's own bytes; a short blob has no type. */
export function hostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  const type = blob.subarray(4, 4 + length).toString('latin1')
  const digest = createHash('sha256').update(blob).digest('base64')
  return { type, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` }
}

/** `SHA256:` and 43 characters of base64 without padding. */
export function toFingerprint(text: string): string | undefined {
  return /^SHA256:[A-Za-z0-9+/]{43}$/.test(text) ? text : undefined
}

/**
 * The keys that `known_hosts` text (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) has for a router: plain and
 * hashed names, patterns and negation. Certificate authorities are left out: no key follows from them.
 */
export function knownKeys(text: string, host: string, port: number): KnownKeys {
  const name = port === 22 ? host : `[${host}]:${port}`
  const entries = text.split('\n').flatMap(readEntry)
  const keys = (marker: string): HostKey[] =>
    entries
      .filter((entry) => entry.marker === marker && namesMatch(entry.names, name))
      .map(({ blob }) => hostKey(Buffer.from(blob, 'base64')))
  return { trusted: keys(''), revoked: keys('@revoked') }
}

/** `[MARKER] NAMES TYPE KEY [COMMENT]`; nothing for comments and lines that say less. */
function readEntry(line: string): { marker: string; names: string; blob: string }[] {
  const words = line.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') === true ? (words.shift() ?? '') : ''
  const [names = '', , blob = ''] = words
  return blob === '' || names.startsWith('#') ? [] : [{ marker, names, blob }]
}

function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashMatches(names, name)
  const patterns = names.split(',')
  const denied = patterns.some((each) => each.startsWith('!') && globMatches(each.slice(1), name))
  return !denied && patterns.some((each) => globMatches(each, name))
}

/** `|1|SALT|HASH`: HMAC-SHA-1 of the name under the salt, as `HashKnownHosts yes` writes it. */
function hashMatches(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|')
  const key = Buffer.from(salt, 'base64')
  return createHmac('sha1', key).update(name.toLowerCase()).digest('base64') === hash
}

function globMatches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i').test(name)
}
