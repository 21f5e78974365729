import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fault, FaultError } from '../../core/base/fault.js'

/** PEM texts of a certificate and its private key (PKCS #8). */
export interface Signed {
  readonly cert: string
  readonly key: string
}

/** Days that an authority is good for, and a server's certificate; clients of Apple accept no more than 825. */
const AUTHORITY_DAYS = 3650
const SERVER_DAYS = 825

/** A name of the DNS: labels of letters, digits and hyphens (RFC 1123), at most 253 octets. */
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const DNS_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`)

/** Whether a certificate can have this name: one of the DNS, or an IP address without brackets or zone. */
export function isServerName(text: string): boolean {
  return !text.includes('%') && (isIP(text) !== 0 || DNS_NAME.test(text))
}

/** A new authority, with a key on the curve P-256, that may sign certificates of servers only by itself. */
export async function makeAuthority(name: string): Promise<Signed> {
  const key = newKey()
  const cert = await inWorkFolder(async (dir) => {
    await writeFile(join(dir, 'key'), key, { mode: 0o600 })
    const config = await writeConfig(dir, `demarc authority of ${name}`.slice(0, COMMON_NAME_MAX), [
      'basicConstraints = critical,CA:TRUE,pathlen:0',
      'keyUsage = critical,keyCertSign,cRLSign',
      'subjectKeyIdentifier = hash',
    ])
    await openssl(
      ...['req', '-x509', '-new', '-sha256', '-config', config, '-extensions', 'extensions'],
      ...['-key', join(dir, 'key'), '-days', `${AUTHORITY_DAYS}`],
      ...['-set_serial', serial(), '-out', join(dir, 'cert')],
    )
    return readFile(join(dir, 'cert'), 'utf8')
  })
  return { cert, key }
}

/** A certificate for a server of these names, with a key of its own, or with the given one. */
export async function signServer(
  authority: Signed,
  names: readonly string[],
  key = newKey(),
): Promise<Signed> {
  const cert = await inWorkFolder(async (dir) => {
    const at = (name: string) => join(dir, name)
    await writeFile(at('key'), key, { mode: 0o600 })
    await writeFile(at('ca.key'), authority.key, { mode: 0o600 })
    await writeFile(at('ca.pem'), authority.cert)
    const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`)
    const config = await writeConfig(dir, (names[0] ?? '').slice(0, COMMON_NAME_MAX), [
      'basicConstraints = critical,CA:FALSE',
      'keyUsage = critical,digitalSignature',
      'extendedKeyUsage = serverAuth',
      'subjectKeyIdentifier = hash',
      'authorityKeyIdentifier = keyid',
      `subjectAltName = ${alternatives.join(',')}`,
    ])
    await openssl('req', '-new', '-config', config, '-key', at('key'), '-out', at('request'))
    await openssl(
      ...['x509', '-req', '-sha256', '-in', at('request'), '-CA', at('ca.pem')],
      ...['-CAkey', at('ca.key'), '-extfile', config, '-extensions', 'extensions'],
      ...['-days', `${SERVER_DAYS}`, '-set_serial', serial(), '-out', at('cert')],
    )
    return readFile(at('cert'), 'utf8')
  })
  return { cert, key }
}

/** Characters of a common name (RFC 5280, ub-common-name). */
const COMMON_NAME_MAX = 64

/** A configuration of its own, so that the machine's openssl.cnf adds nothing. */
async function writeConfig(dir: string, commonName: string, extensions: readonly string[]) {
  const lines = ['[req]', 'prompt = no', 'distinguished_name = subject', '[subject]']
  const text = [...lines, `CN = ${commonName}`, '[extensions]', ...extensions].join('\n')
  await writeFile(join(dir, 'openssl.cnf'), `${text}\n`)
  return join(dir, 'openssl.cnf')
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** 127 random bits; RFC 5280 allows 20 octets of a positive number. */
function serial(): string {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40
  return `0x${octets.toString('hex')}`
}

/** Only this user can read what `work` writes there, and it is gone afterwards. */
async function inWorkFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'demarc-hub-init-'))
  try {
    return await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function openssl(...words: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('openssl', words)
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    const message =
      code === 'ENOENT'
        ? 'the program openssl is missing: apt-get install openssl'
        : `openssl ${words[0]}: ${stderr.trim()}`
    throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', message), error)
  }
}
