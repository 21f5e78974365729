import { createHash, createHmac } from 'node:crypto'

/** Type and fingerprint of a router's public key (RFC 4253 section 6.6). */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
}

/** The keys of one router in known_hosts. */
export interface KnownKeys {
  readonly trusted: readonly HostKey[]
  /** Marked `@revoked`: a router that presents one of them is refused. */
  readonly revoked: readonly HostKey[]
}

/** Reads type and fingerprint from the octets of a key; a blob that is too short has an empty type. */
export function hostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  const type = blob.subarray(4, 4 + length).toString('latin1')
  const digest = createHash('sha256').update(blob).digest('base64')
  return { type, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` }
}

/** A text of the form `SHA256:` and 43 characters of base64 without padding; undefined: another text. */
export function toFingerprint(text: string): string | undefined {
  return /^SHA256:[A-Za-z0-9+/]{43}$/.test(text) ? text : undefined
}

/**
 * The keys of a router in the text of a `known_hosts` file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Plain
 * and hashed names, patterns and negation are supported. Certificate authorities are ignored, because
 * they are not keys of a router.
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

/** Reads `[MARKER] NAMES TYPE KEY [COMMENT]`; a comment, or a line without a key, has no entry. */
function readEntry(line: string): { marker: string; names: string; blob: string }[] {
  const words = line.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') === true ? (words.shift() ?? '') : ''
  const [names = '', , blob = ''] = words
  return blob === '' || names.startsWith('#') ? [] : [{ marker, names, blob }]
}

function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashMatches(names, name)
  const patterns = names.split(',')
  const denied = patterns.some(
    (pattern) => pattern.startsWith('!') && globMatches(pattern.slice(1), name),
  )
  return !denied && patterns.some((pattern) => globMatches(pattern, name))
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
