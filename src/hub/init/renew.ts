import { X509Certificate } from 'node:crypto'
import { chown, stat } from 'node:fs/promises'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { writeDurable } from '../../edge/host/files/durable-file.js'
import { readSetting } from '../../edge/host/files/state-files.js'
import { isServerName, signServer } from './authority.js'
import { places } from './made-files.js'

/** A certificate that was renewed. */
export interface Renewed {
  readonly path: string
  readonly names: readonly string[]
  /** The last moment at which it is good, ISO 8601. */
  readonly until: string
}

/**
 * Signs a new certificate of the hub in `dir`, for the same key and the same names, or for the given ones. The key
 * stays, so that one rename puts the new certificate in the place of the old one. Owner and mode are kept.
 */
export async function renewCertificate(
  dir: string,
  given: readonly string[],
): Promise<Result<Renewed>> {
  const at = places(dir)
  const texts = [at.authority.cert, at.authority.key, at.server.cert, at.server.key]
  const [caCert = '', caKey = '', old = '', key = ''] = await Promise.all(texts.map(readSetting))
  const authority = certificateIn(at.authority.cert, caCert)
  if (new Date(authority.validTo) <= new Date()) {
    const detail = `is good until ${authority.validTo} only: make a new hub with "demarc-hub init"`
    return refused(fault('CONFIG_VALUE', at.authority.cert, detail))
  }
  const names = given.length > 0 ? given : namesOf(certificateIn(at.server.cert, old))
  const wrong = namesFault(names, at.server.cert)
  if (wrong !== null) return refused(wrong)
  const { cert } = await signServer({ cert: caCert, key: caKey }, names, key)
  await replaceKeepingOwner(at.server.cert, cert)
  return ok({ path: at.server.cert, names, until: goodUntil(cert) })
}

/** Throws a FaultError where the text is no certificate. */
function certificateIn(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw new FaultError(fault('CONFIG_VALUE', path, 'is not a certificate in PEM'), error)
  }
}

function namesFault(names: readonly string[], path: string): Fault | null {
  const wrong = names.length === 0 ? path : names.find((name) => !isServerName(name))
  const detail = 'must be names of the DNS or IP addresses, without a port'
  return wrong === undefined ? null : fault('CONFIG_VALUE', wrong, detail)
}

async function replaceKeepingOwner(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path)
  await writeDurable(path, text, mode & 0o7777)
  if (process.getuid?.() === 0) await chown(path, uid, gid)
}

/** Names and addresses of a certificate, which Node shows as `DNS:a, IP Address:192.0.2.1`. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? [])
}

/** The last moment at which a certificate is good, ISO 8601. */
export function goodUntil(cert: string): string {
  return new Date(new X509Certificate(cert).validTo).toISOString()
}
