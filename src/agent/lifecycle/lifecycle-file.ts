import * as z from 'zod'
import { NO_RECORDS, type Records } from '../../core/lifecycle/follow.js'
import { subjectKey, type LifecycleRecord } from '../../core/lifecycle/record.js'
import { ATTACHMENT_STATES, CONNECTION_STATES } from '../../core/model/health.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { readShape } from '../state/kept-intent.js'
import { readOrSetAside } from '../state/set-aside.js'

/** What is kept of lifecycles over a restart and a reboot. */
export interface KeptLifecycles {
  readonly records: Records
  /** Names of the words that were taken, the newest last. */
  readonly taken: readonly string[]
}

const FILE = 'lifecycle.json'

const stateSince = <const States extends readonly string[]>(states: States) => ({
  state: z.enum(states),
  since: z.iso.datetime(),
  reason: z.string(),
  awaitsProvider: z.boolean(),
})

const record = <const Kind extends string, const States extends readonly string[]>(
  kind: Kind,
  states: States,
) =>
  z.strictObject({
    kind: z.literal(kind),
    name: z.string(),
    provider: z.string().nullable(),
    ...stateSince(states),
    before: z.strictObject(stateSince(states)).nullable(),
  })

const Shape = z.strictObject({
  records: z.array(
    z.discriminatedUnion('kind', [
      record('connection', CONNECTION_STATES),
      record('attachment', ATTACHMENT_STATES),
    ]),
  ),
  taken: z.array(z.string()),
})

/** A file that is damaged is set aside by its name; every subject then begins anew. */
export async function readLifecycles(
  files: StateFiles,
  log: Pick<Log, 'error'>,
): Promise<KeptLifecycles> {
  const message = 'the lifecycles are lost; each connection and attachment begins anew'
  const found = await readOrSetAside({ files, log }, { file: FILE, message }, () =>
    readShape(files, FILE, Shape),
  )
  if (found === undefined) return { records: NO_RECORDS, taken: [] }
  const records = new Map<string, LifecycleRecord>()
  for (const each of found.records) records.set(subjectKey(each), each)
  return { records, taken: found.taken }
}

/** Replaces the file durably. */
export async function writeLifecycles(
  files: Pick<StateFiles, 'write'>,
  { records, taken }: KeptLifecycles,
): Promise<void> {
  await files.write(FILE, JSON.stringify({ records: [...records.values()], taken }))
}
