import { stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { attempt } from '../core/base/attempt.js'
import { fault } from '../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../core/base/result.js'
import type { HubSettings } from '../core/config/settings.js'
import { readSetting } from '../edge/host/files/state-files.js'

/** The PEM texts of a certificate and its key. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * Reads both files. Refuses a certificate and a key that do not belong together, and a key that every user
 * may read or write; its group may read it, as that of `ssl-cert` does on Debian.
 */
export async function readCertificate({
  certFile,
  keyFile,
}: NonNullable<HubSettings['tls']>): Promise<Result<Certificate>> {
  const [cert, key] = await Promise.all(
    [certFile, keyFile].map(async (file) => attempt(async () => readSetting(file))),
  )
  if (cert?.ok !== true || key?.ok !== true) {
    return refused(...[cert, key].flatMap((text) => (text === undefined ? [] : faultsOf(text))))
  }
  const mode = (await stat(keyFile)).mode & 0o7777
  if ((mode & 0o027) !== 0) {
    const text = mode.toString(8).padStart(4, '0')
    const detail = `its mode ${text} lets other users read or write the private key; run: chmod 600 ${keyFile}`
    return refused(fault('CONFIG_VALUE', keyFile, detail))
  }
  const certificate = { cert: cert.value, key: key.value }
  try {
    createSecureContext(certificate)
    return ok(certificate)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const detail = `cannot be used as a PEM certificate with the key ${keyFile}: ${reason}`
    return refused(fault('CONFIG_VALUE', certFile, detail))
  }
}
