import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError, type Fault } from '../core/base/fault.js'
import { faultsOf, ok, type Result } from '../core/base/result.js'
import { parseToken } from '../core/config/secret.js'
import type { HubSettings, TokenProof } from '../core/config/settings.js'
import { writeDurable } from '../edge/host/files/durable-file.js'
import { sha256 } from '../edge/host/facts/identity.js'
import { readSecretFile } from '../edge/host/secrets/secrets.js'
import { readState } from '../edge/host/files/state-files.js'
import { newToken } from './routers/tokens.js'
import { readCertificate } from './certificate.js'

/** SHA-256 of the token that a proof stands for; a file is read once, at the start. */
async function proofDigest(proof: TokenProof): Promise<Result<string>> {
  if (proof.kind === 'sha256') return ok(proof.digest)
  const text = await readSecretFile(proof.path)
  const token = text.ok ? parseToken(text.value, proof.path) : text
  return token.ok ? ok(sha256(token.value)) : token
}

async function requiredDigest(proof: TokenProof): Promise<string> {
  const digest = await proofDigest(proof)
  if (digest.ok) return digest.value
  const at = proof.kind === 'file' ? proof.path : 'token_sha256'
  throw new FaultError(digest.faults[0] ?? fault('UNAUTHORIZED', at))
}

/** SHA-256 of the token of each router in the TOML, by router. */
export async function fixedRouters(settings: HubSettings): Promise<Map<string, string>> {
  const digests = await Promise.all(
    settings.routers.map(async ({ token }) => requiredDigest(token)),
  )
  return new Map(settings.routers.map(({ id }, place) => [id, digests[place] ?? '']))
}

/** File in the data directory that holds the operator's token where the TOML names none. */
const OPERATOR_TOKEN_FILE = 'operator-token'

export interface OperatorToken {
  /** SHA-256. */
  readonly digest: string
  /** The file of a token that was made just now; null: it was there before. */
  readonly madeIn: string | null
}

/** There is always an operator token, because every user of the machine can reach a port on loopback. */
export async function operatorToken(settings: HubSettings): Promise<OperatorToken> {
  const { token } = settings.api
  if (token !== null) return { digest: await requiredDigest(token), madeIn: null }
  const path = join(settings.data.dir, OPERATOR_TOKEN_FILE)
  const isNew = (await readState(path)) === undefined
  if (isNew) await writeDurable(path, `${newToken()}\n`)
  const digest = await requiredDigest({ kind: 'file', path })
  return { digest, madeIn: isNew ? path : null }
}

/** Makes the data directory, for the hub's user only. */
export async function prepareDataDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
}

/** Every fault of the files that the settings name: tokens, certificate and key. Writes nothing. */
export async function checkNamedFiles(settings: HubSettings): Promise<readonly Fault[]> {
  const { api, routers, tls } = settings
  const proofs = [...(api.token === null ? [] : [api.token]), ...routers.map(({ token }) => token)]
  const digests = await Promise.all(proofs.map(proofDigest))
  const certificate = tls === null ? ok(null) : await readCertificate(tls)
  return [...digests.flatMap((digest) => faultsOf(digest)), ...faultsOf(certificate)]
}
