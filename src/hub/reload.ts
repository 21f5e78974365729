import { isDeepStrictEqual } from 'node:util'
import type { Fault } from '../core/base/fault.js'
import type { HubSettings } from '../core/config/settings.js'
import type { AuditRecord } from '../core/wire/audit.js'
import type { Log } from '../edge/host/log.js'
import type { Operators } from './operators.js'
import type { HubParts } from './parts.js'
import type { HubServer } from './server.js'
import { readCredentials } from './settings.js'

/** What a reload works on. */
export interface ReloadContext
  extends Pick<HubParts, 'routers' | 'links' | 'audit'>, Pick<HubServer, 'replaceCertificate'> {
  /** Those with which the hub was started. */
  readonly settings: HubSettings
  readonly operators: Operators
  readonly log: Log
  readonly wall: () => Date
}

/**
 * Reads tokens, certificate and key again. All of them are taken over, or none: where one cannot be used,
 * what was in force stays. false: nothing was taken over.
 */
export async function reloadHub(context: ReloadContext, next: HubSettings): Promise<boolean> {
  const { routers, links, operators, log, audit } = context
  const read = await readCredentials(next)
  if (!read.ok) {
    log.error(
      { event: 'reload-refused', faults: read.faults },
      'a file cannot be used; tokens and certificate stay as they were',
    )
    await audit.append(reloadRecord(context, read.faults[0]))
    return false
  }
  const { certificate } = read.value
  operators.replace(read.value.operators)
  await routers.replaceFixed(read.value.routers)
  links.revokeAll()
  if (certificate !== null) context.replaceCertificate(certificate)
  const waiting = needingRestart(context.settings, next)
  if (waiting.length > 0) {
    log.warn(
      { event: 'reload-incomplete', settings: waiting },
      'these settings have changed and are used after a restart',
    )
  }
  log.info({ event: 'reloaded' }, 'read the tokens, the certificate and the log level again')
  await audit.append(reloadRecord(context))
  return true
}

/** The tables that a running hub cannot change, and that have. */
function needingRestart(before: HubSettings, next: HubSettings): string[] {
  const fixed: Readonly<Record<string, (settings: HubSettings) => unknown>> = {
    '[listen]': ({ listen }) => listen,
    '[data]': ({ data }) => data,
    '[limits]': ({ limits }) => limits,
    '[tls] (present or absent)': ({ tls }) => tls === null,
  }
  return Object.entries(fixed)
    .filter(([, of]) => !isDeepStrictEqual(of(before), of(next)))
    .map(([name]) => name)
}

function reloadRecord({ wall }: ReloadContext, why?: Fault): AuditRecord {
  return {
    at: wall().toISOString(),
    actor: { kind: 'user', name: '' },
    from: 'SIGHUP',
    action: 'reload',
    router: null,
    outcome: why === undefined ? 'done' : 'refused',
    ...(why === undefined
      ? {}
      : { code: why.code, detail: `${why.at}: ${why.message}`.slice(0, 1024) }),
  }
}
