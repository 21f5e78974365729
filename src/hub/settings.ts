import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError } from '../core/base/fault.js'
import { parseToken } from '../core/config/secret.js'
import type { HubSettings, TokenProof } from '../core/config/settings.js'
import { writeDurable } from '../edge/host/files/durable-file.js'
import { sha256 } from '../edge/host/facts/identity.js'
import { readSecretFile } from '../edge/host/secrets/secrets.js'
import { readState } from '../edge/host/files/state-files.js'
import { newToken } from './routers/tokens.js'

/** SHA-256 of the token that a proof speaks of; a file is read once, at start. */
async function proofDigest(proof: TokenProof): Promise<string> {
  if (proof.kind === 'sha256') return proof.digest
  const text = await readSecretFile(proof.path)
  const token = text.ok ? parseToken(text.value, proof.path) : text
  if (token.ok) return sha256(token.value)
  throw new FaultError(token.faults[0] ?? fault('UNAUTHORIZED', proof.path))
}

/** Digests of the tokens of all routers that stand in the TOML. */
export async function fixedRouters(settings: HubSettings): Promise<Map<string, string>> {
  const digests = await Promise.all(settings.routers.map(async ({ token }) => proofDigest(token)))
  return new Map(settings.routers.map(({ id }, place) => [id, digests[place] ?? '']))
}

/** Name of the file a hub makes where its TOML names no operator token. */
const OPERATOR_TOKEN_FILE = 'operator-token'

export interface OperatorToken {
  readonly digest: string
  /** Set when the token was made just now: where the operator finds it. */
  readonly madeIn: string | null
}

/** There is always an operator token: a port on loopback is open to every user of the machine. */
export async function operatorToken(settings: HubSettings): Promise<OperatorToken> {
  const { token } = settings.api
  if (token !== null) return { digest: await proofDigest(token), madeIn: null }
  const path = join(settings.data.dir, OPERATOR_TOKEN_FILE)
  if ((await readState(path)) === undefined) {
    await writeDurable(path, `${newToken()}\n`)
    return { digest: await proofDigest({ kind: 'file', path }), madeIn: path }
  }
  return { digest: await proofDigest({ kind: 'file', path }), madeIn: null }
}

/** Makes the data directory, for the hub's user only. */
export async function prepareDataDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
}
