import * as z from 'zod'
import { ok, type Result } from '../base/result.js'
import {
  ipAddress,
  oneOf,
  contradiction,
  count,
  toggle,
  path,
  sha256Hex,
  plainWord,
} from './fields.js'
import { type HubSettings, LOG_LEVELS, type TokenProof } from './settings.js'
import type { TomlFile } from '../toml/layers.js'
import { parseTomlFiles } from '../toml/toml-file.js'
import { isLoopbackHost } from './url.js'

const ROUTERS_MAX = 10_000
const OPERATORS_MAX = 100

/** The name in the audit of an operator with the token of `[api]`. */
const API_NAME = 'api'

const tokenFields = { token_sha256: sha256Hex.optional(), token_file: path.optional() }

interface TokenKeys {
  readonly token_sha256?: string | undefined
  readonly token_file?: string | undefined
}

const Router = z
  .strictObject({
    id: plainWord,
    ...tokenFields,
    previous_token_sha256: sha256Hex.optional(),
    previous_token_file: path.optional(),
  })
  .check(({ value, issues }) => {
    issues.push(...required(value), ...exclusive(value), ...exclusive(previous(value)))
  })

const Operator = z.strictObject({ name: plainWord, ...tokenFields }).check(({ value, issues }) => {
  issues.push(...required(value), ...exclusive(value))
})

function required(value: TokenKeys) {
  const isMissing = value.token_sha256 === undefined && value.token_file === undefined
  return isMissing ? [contradiction(value, ['token_sha256'], 'a SHA-256, or give token_file')] : []
}

/** The keys of the token before, as those of a token. */
function previous(router: {
  readonly previous_token_sha256?: string | undefined
  readonly previous_token_file?: string | undefined
}): TokenKeys {
  return { token_sha256: router.previous_token_sha256, token_file: router.previous_token_file }
}

/** At most one token. */
const TokenTable = z.strictObject(tokenFields).check(({ value, issues }) => {
  issues.push(...exclusive(value))
})

function exclusive(value: TokenKeys) {
  const twice = value.token_sha256 !== undefined && value.token_file !== undefined
  return twice ? [contradiction(value, ['token_file'], 'left out where token_sha256 is given')] : []
}

/** The keys of `/etc/demarc-hub/hub.toml`. */
export const HubFile = z
  .strictObject({
    listen: z
      .strictObject({
        address: ipAddress.default('127.0.0.1'),
        // 0 lets the kernel choose, for tests.
        port: count(0, 65_535, 'the TCP port').default(7480),
        allow_plain: toggle.default(false),
      })
      .prefault({}),
    tls: z.strictObject({ cert_file: path, key_file: path }).optional(),
    data: z.strictObject({ dir: path.default('/var/lib/demarc-hub') }).prefault({}),
    api: TokenTable.prefault({}),
    metrics: TokenTable.prefault({}),
    operators: z.array(Operator).max(OPERATORS_MAX).default([]),
    routers: z.array(Router).max(ROUTERS_MAX).default([]),
    limits: z
      .strictObject({
        events_kept: count(100, 1_000_000, 'events').default(10_000),
        history_kept: count(1, 10_000, 'changes').default(100),
        audit_kept: count(1000, 10_000_000, 'audit records').default(100_000),
      })
      .prefault({}),
    log: z.strictObject({ level: oneOf(LOG_LEVELS).default('info') }).prefault({}),
  })
  .check(({ value, issues }) => {
    issues.push(...openToAll(value), ...doubled(value), ...doubledNames(value))
  })

/** Beyond loopback the hub needs TLS, or permission to do without, and always a token for its API. */
function openToAll(value: {
  readonly listen: { readonly address: string; readonly allow_plain: boolean }
  readonly tls?: object | undefined
  readonly api: TokenKeys
  readonly operators: readonly object[]
}) {
  const { listen, tls, api, operators } = value
  if (isLoopbackHost(listen.address)) return []
  const token = api.token_sha256 ?? api.token_file
  return [
    ...(tls === undefined && !listen.allow_plain
      ? [
          contradiction(
            value,
            ['listen', 'address'],
            'on loopback without [tls] or allow_plain = true',
          ),
        ]
      : []),
    ...(token === undefined && operators.length === 0
      ? [
          contradiction(
            value,
            ['listen', 'address'],
            'on loopback where neither [api] nor [[operators]] has a token',
          ),
        ]
      : []),
  ]
}

/** The audit identifies operators by their names. */
function doubledNames(value: {
  readonly api: TokenKeys
  readonly operators: readonly { readonly name: string }[]
}) {
  const { api, operators } = value
  const isNamed = (api.token_sha256 ?? api.token_file) !== undefined
  const names = operators.map(({ name }) => name)
  return names.flatMap((name, i) =>
    names.indexOf(name) === i && !(isNamed && name === API_NAME)
      ? []
      : [contradiction(value, ['operators', i, 'name'], `different for each; "${name}" is taken`)],
  )
}

function doubled(value: { readonly routers: readonly { readonly id: string }[] }) {
  const first = new Map<string, number>()
  return value.routers.flatMap(({ id }, i) => {
    const before = first.get(id)
    if (before !== undefined)
      return [
        contradiction(
          value,
          ['routers', i, 'id'],
          'different for each router; this one is used twice',
        ),
      ]
    first.set(id, i)
    return []
  })
}

/**
 * Reads the text of `/etc/demarc-hub/hub.toml`; `file` is how faults name it. The drop-in files are those of
 * `/etc/demarc-hub/hub.toml.d`, in their order.
 */
export function parseHubSettings(
  text: string,
  file: string,
  dropIns: readonly TomlFile[] = [],
): Result<HubSettings> {
  const parsed = parseTomlFiles(HubFile, [{ file, text }, ...dropIns])
  if (!parsed.ok) return parsed
  const { listen, tls, data, api, metrics, operators, routers, limits, log } = parsed.value
  return ok({
    listen: { address: listen.address, port: listen.port },
    tls: tls === undefined ? null : { certFile: tls.cert_file, keyFile: tls.key_file },
    data,
    operators: [{ name: API_NAME, ...api }, ...operators].flatMap(({ name, ...keys }) => {
      const token = tokenProof(keys)
      return token === null ? [] : [{ name, token }]
    }),
    metrics: { token: tokenProof(metrics) },
    routers: routers.flatMap((router) => {
      const token = tokenProof(router)
      const previousToken = tokenProof(previous(router))
      return token === null ? [] : [{ id: router.id, token, previousToken }]
    }),
    limits: {
      eventsKept: limits.events_kept,
      historyKept: limits.history_kept,
      auditKept: limits.audit_kept,
    },
    log,
  })
}

function tokenProof(keys: TokenKeys): TokenProof | null {
  if (keys.token_sha256 !== undefined) return { kind: 'sha256', digest: keys.token_sha256 }
  return keys.token_file === undefined ? null : { kind: 'file', path: keys.token_file }
}
