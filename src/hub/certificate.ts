import { createSecureContext } from 'node:tls'
import { attempt } from '../core/base/attempt.js'
import { fault } from '../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../core/base/result.js'
import type { HubSettings } from '../core/config/settings.js'
import { readSetting } from '../edge/host/files/state-files.js'

/** The PEM texts of a certificate and its key. */
interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Reads both files, and refuses a certificate and a key that do not belong together. */
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
