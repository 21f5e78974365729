import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fault, FaultError, type Fault } from '../core/base/fault.js'
import { faultsOf, ok, refused, type Result } from '../core/base/result.js'
import { parseToken } from '../core/config/secret.js'
import type { HubSettings, TokenProof } from '../core/config/settings.js'
import { writeDurable } from '../edge/host/files/durable-file.js'
import { sha256 } from '../edge/host/facts/identity.js'
import { readSecretFile } from '../edge/host/secrets/secrets.js'
import { readState } from '../edge/host/files/state-files.js'
import { readCertificate, type Certificate } from './certificate.js'
import type { Operator } from './operators.js'
import type { FixedTokens } from './routers/routers.js'
import { newToken } from './routers/tokens.js'

/** SHA-256 of the token that a proof stands for. */
async function proofDigest(proof: TokenProof): Promise<Result<string>> {
  if (proof.kind === 'sha256') return ok(proof.digest)
  const text = await readSecretFile(proof.path)
  const token = text.ok ? parseToken(text.value, proof.path) : text
  return token.ok ? ok(sha256(token.value)) : token
}

/** Everything that the settings name in files of their own, and that a reload reads again. */
export interface Credentials {
  readonly operators: readonly Operator[]
  readonly routers: FixedTokens
  /** null: the hub has no TLS. */
  readonly certificate: Certificate | null
}

/** Reads them all, or every fault of the files. Writes nothing. */
export async function readCredentials(settings: HubSettings): Promise<Result<Credentials>> {
  const named = settings.operators
  const { token } = settings.metrics
  const [operators, scrapers, routers] = await Promise.all([
    Promise.all(
      (named.length > 0 ? named : [ownOperator(settings)]).map(async (of) => readOperator(of)),
    ),
    Promise.all(
      token === null ? [] : [readOperator({ name: SCRAPER, token }, { mayOnlyScrape: true })],
    ),
    Promise.all(settings.routers.map(readRouter)),
  ])
  const certificate = settings.tls === null ? ok(null) : await readCertificate(settings.tls)
  const all = [...operators, ...scrapers]
  const faults = [...all, ...routers, certificate].flatMap((read) => faultsOf(read))
  if (faults.length > 0 || !certificate.ok) return refused(...faults)
  return ok({
    operators: all.flatMap((read) => (read.ok ? [read.value] : [])),
    routers: new Map(routers.flatMap((read) => (read.ok ? [read.value] : []))),
    certificate: certificate.value,
  })
}

type HubOperator = HubSettings['operators'][number]
type HubRouter = HubSettings['routers'][number]

/** The name of the token of `[metrics]`. */
const SCRAPER = 'metrics'

async function readOperator(
  { name, token }: HubOperator,
  { mayOnlyScrape } = { mayOnlyScrape: false },
): Promise<Result<Operator>> {
  const digest = await proofDigest(token)
  return digest.ok ? ok({ name, digest: digest.value, mayOnlyScrape }) : digest
}

async function readRouter({
  id,
  token,
  previousToken,
}: HubRouter): Promise<Result<[string, string[]]>> {
  const proofs = previousToken === null ? [token] : [token, previousToken]
  const digests = await Promise.all(proofs.map(proofDigest))
  const faults = digests.flatMap((digest) => faultsOf(digest))
  if (faults.length > 0) return refused(...faults)
  return ok([id, digests.flatMap((digest) => (digest.ok ? [digest.value] : []))])
}

/** Name and file in the data directory of the operator's token where the TOML names none. */
const OWN_TOKEN = 'operator-token'

function ownOperator({ data }: HubSettings): HubOperator {
  return { name: OWN_TOKEN, token: { kind: 'file', path: join(data.dir, OWN_TOKEN) } }
}

/**
 * Makes an operator token where the settings name none and there is none yet; gives its file then. There is
 * always a token, because every user of the machine can reach a port on loopback.
 */
export async function makeOperatorToken(settings: HubSettings): Promise<string | null> {
  if (settings.operators.length > 0) return null
  const path = join(settings.data.dir, OWN_TOKEN)
  if ((await readState(path)) !== undefined) return null
  await writeDurable(path, `${newToken()}\n`)
  return path
}

/** Makes the data directory, for the hub's user only. Rejects where other users may write into it. */
export async function prepareDataDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const [wrong] = await dataDirFaults(dir)
  if (wrong !== undefined) throw new FaultError(wrong)
}

/** A user who can write into the directory can replace the store and the tokens. */
async function dataDirFaults(dir: string): Promise<Fault[]> {
  const found = await stat(dir).catch(() => undefined)
  if (found === undefined || (found.mode & 0o022) === 0) return []
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0')
  const detail = `its mode ${mode} lets other users write into it; run: chmod 700 ${dir}`
  return [fault('CONFIG_VALUE', dir, detail)]
}

/** Every fault of the files that the settings name: tokens, certificate, key, data directory. Writes nothing. */
export async function checkNamedFiles(settings: HubSettings): Promise<readonly Fault[]> {
  const isNamed = settings.operators.length > 0
  const made = isNamed ? undefined : await readState(join(settings.data.dir, OWN_TOKEN))
  // The first start makes the token that nobody has named.
  const checked = isNamed || made !== undefined ? settings : { ...settings, operators: NOBODY }
  return [...(await dataDirFaults(settings.data.dir)), ...faultsOf(await readCredentials(checked))]
}

/** In the place of operators where none can be read yet; nobody has this digest. */
const NOBODY: HubSettings['operators'] = [
  { name: OWN_TOKEN, token: { kind: 'sha256', digest: '0'.repeat(64) } },
]
