import { join } from 'node:path'
import { fault, FaultError } from '../core/base/fault.js'
import type { Millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import { PHASES } from '../core/wire/messages.js'
import { readState } from '../edge/host/files/state-files.js'
import { openVault } from '../edge/host/secrets/vault.js'
import { createEventStreams, type EventStreams } from './api/event-stream.js'
import { createIntentSecrets } from './intents/intent-secrets.js'
import { createIntentStore, type IntentStore } from './intents/intents.js'
import { createIntentPusher, type IntentPusher } from './intents/pusher.js'
import { createLifecycleNotifier, type LifecycleNotifier } from './lifecycle/notifier.js'
import { openLifecycleWords, type LifecycleWords } from './lifecycle/words.js'
import type { HubOptions } from './options.js'
import { createAgentLinks, type AgentLinks } from './routers/agents.js'
import { createRefusedLogins, type RefusedLogins } from './routers/refused-logins.js'
import { openRouters, type FixedTokens, type Routers } from './routers/routers.js'
import { openAuditLog, type AuditLog } from './store/audit.js'
import { forgetRestore, restoredFrom } from './store/backup.js'
import { openJournal, type Journal, type JournalWatch } from './store/journal.js'
import { NUMBERS_SKIPPED } from './store/mend.js'
import { openStore } from './store/open-store.js'
import type { RetentionLimits } from './store/retention.js'
import type { Store } from './store/store.js'

/** What a hub is made of, apart from its server. */
export interface HubParts {
  readonly store: Store
  readonly journal: Journal
  readonly audit: AuditLog
  readonly routers: Routers
  readonly links: AgentLinks
  readonly intents: IntentStore
  readonly pusher: IntentPusher
  readonly words: LifecycleWords
  readonly notifier: LifecycleNotifier
  readonly streams: EventStreams
  readonly refusedLogins: RefusedLogins
}

/** Limits of one hub process that have no setting. */
const STREAMS_MAX = 64
/** Octets. */
const STREAM_BEHIND = 4 * 1024 * 1024
const OTHER_RECORDS_KEPT = 256

/** Limits that depend on the process. */
interface PartLimits {
  /** Time between two comments on an idle stream. */
  readonly keepAlive: Millis
  /** Files of the store that may be open at a time. */
  readonly filesMax: number
}

/** Opens everything that is stored, and joins what works on it. `fixed`: the routers of the TOML. */
export async function openParts(
  options: HubOptions,
  fixed: FixedTokens,
  { keepAlive, filesMax }: PartLimits,
): Promise<HubParts> {
  const opened = await openStored(options, filesMax)
  try {
    return await joinParts(options, opened, fixed, keepAlive)
  } catch (error) {
    await opened.store.close()
    throw error
  }
}

type Stored = Awaited<ReturnType<typeof openStored>>

async function joinParts(
  options: HubOptions,
  opened: Stored,
  fixed: FixedTokens,
  keepAlive: Millis,
): Promise<HubParts> {
  const { settings, log, wall } = options
  const { store, journal, audit } = opened
  const routers = await openRouters({ store, journal, wall, fixed, log: options.log })
  const secrets = createIntentSecrets(store, await openHubVault(options, opened.hasSealed))
  const kept = settings.limits.historyKept
  const intents = createIntentStore({ store, routers, secrets, wall, kept })
  const links: AgentLinks = createAgentLinks({ routers, log, wall }, (id) => void greet(id))
  const parts = { routers, links, intents, secrets, audit, log, wall }
  const pusher: IntentPusher = createIntentPusher(parts)
  const words = await openLifecycleWords(store, routers)
  const notifier = createLifecycleNotifier({ ...parts, words })
  /** A word may be about what an intent brings, so that the intent goes first. */
  async function greet(id: string): Promise<void> {
    await pusher.push(id, 'lacking')
    await notifier.notify(id)
  }
  const streams = createEventStreams(journal, {
    streams: STREAMS_MAX,
    behind: STREAM_BEHIND,
    keepAlive,
  })
  const refusedLogins = createRefusedLogins(audit, log, wall)
  const stored = { store, journal, audit, routers, links, intents, words }
  return { ...stored, pusher, notifier, streams, refusedLogins }
}

async function openStored(options: HubOptions, filesMax: number) {
  const { settings, log, acceptDamage = false } = options
  const { data, limits } = settings
  const { store, hasSealed } = await openStore(join(data.dir, 'store'), {
    log,
    acceptDamage,
    filesMax,
  })
  const journal = await openJournal(store, retentionOf(limits), journalWatch(options))
  const backup = await restoredFrom(data.dir)
  if (backup !== null) {
    await journal.skip(NUMBERS_SKIPPED)
    await forgetRestore(data.dir)
    log.warn(
      { event: 'restored', backup, next: journal.last() + 1 },
      'this data directory is a backup; what was stored after it was made is lost',
    )
  }
  const audit = await openAuditLog(store, journal, limits.auditKept)
  return { store, hasSealed, journal, audit }
}

function journalWatch(options: HubOptions): JournalWatch {
  const { log, onFailure } = options
  return {
    onFailure,
    onTrouble(trouble) {
      if (trouble === null) log.info({ event: 'store' }, 'there is room again; the hub stores')
      else log.error({ event: 'store', fault: trouble }, 'the hub stores nothing new')
    },
    onUnreadable: unreadableTo(options),
  }
}

function unreadableTo({ log }: HubOptions): JournalWatch['onUnreadable'] {
  return (key, error) =>
    log.error(
      { event: 'record-unreadable', key, error: String(error).slice(0, 1000) },
      'this hub cannot read a stored record; it goes on without it',
    )
}

function retentionOf({ eventsKept, historyKept }: HubSettings['limits']): RetentionLimits {
  return {
    event: eventsKept,
    change: historyKept * PHASES.length,
    health: OTHER_RECORDS_KEPT,
    intent: OTHER_RECORDS_KEPT,
    router: OTHER_RECORDS_KEPT,
  }
}

/** A new key would leave the sealed passwords unreadable for good, so none is made beside them. */
async function openHubVault({ settings, acceptDamage = false }: HubOptions, hasSealed: boolean) {
  const keyFile = join(settings.data.dir, 'vault.key')
  if (hasSealed && !acceptDamage && (await readState(keyFile)) === undefined) {
    const detail =
      'the key of the stored passwords is missing: bring the file back from a backup; or start once with --accept-damage, which makes a new key, and send the passwords again with an intent of each router'
    throw new FaultError(fault('STATE_DAMAGED', keyFile, detail))
  }
  return openVault({ keyFile })
}
