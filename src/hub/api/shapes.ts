import * as z from 'zod'
import { SERVICE_KINDS, SEVERITIES } from '../../core/model/health.js'
import { AuditRecord } from '../../core/wire/audit.js'
import { HealthReading, EventRecord } from '../../core/wire/health-reading.js'
import { intentSchema } from '../../core/wire/intent.js'
import {
  BaselineParams,
  BaselineResult,
  LifecycleParams,
  OpticsReport,
  OpticsReportResult,
} from '../../core/wire/message-fields.js'
import { ChangeProgress, HelloParams, PlanSummary, PushResult } from '../../core/wire/messages.js'
import { Probes, PushedSecrets, PushParams } from '../../core/wire/push.js'
import { FaultShape } from '../../core/wire/rpc.js'
import { SaidWord } from '../lifecycle/words.js'
import { JournalRecord, RouterRecord } from '../store/records.js'

const Instant = z.iso.datetime()
const RecordNumber = z.int().min(0)

/** A fault with what the caller may do next. */
const FaultView = FaultShape.extend({
  next: z.enum(['retry', 'fix-input', 'operator', 'report-bug']),
})

/** The body of every refusal. */
export const Refused = z.strictObject({ faults: z.array(FaultView) })

export const Alive = z.strictObject({
  ok: z.literal(true),
  version: z.string(),
  storing: z.boolean().meta({
    description:
      'false: the disk has no room; what is stored can be read, and nothing new is stored.',
  }),
})

export const Registration = z.strictObject({ id: HelloParams.shape.router })

export const Registered = z.strictObject({
  id: HelloParams.shape.router,
  token: z.string().meta({ description: 'The token of the router. It is shown only here.' }),
})

/** A week, in seconds. */
const OVERLAP_MAX = 604_800

export const RotationRequest = z.strictObject({
  overlapSeconds: z.int().min(0).max(OVERLAP_MAX).default(0).meta({
    description:
      'How long the old token is accepted beside the new one, at the most: it ends as soon as the router has said hello with the new one. 0: it ends at once, and its connections are closed.',
  }),
})

export const Rotated = Registered.extend({
  previousUntil: Instant.nullable().meta({
    description: 'Until when the old token is accepted at the most; null: not any more.',
  }),
})

export const BackupRequest = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, ".", "_" and "-", at most 63')
    .meta({ description: 'Name of the new directory below `backups` in the data directory.' }),
})

export const BackupMade = z.strictObject({
  dir: z.string().meta({ description: 'The new directory, on the machine of the hub.' }),
  entries: z.int().min(0),
  octets: z.int().min(0).meta({ description: 'Octets of all entries.' }),
})

export const AuditPage = z.strictObject({
  records: z.array(AuditRecord.extend({ number: RecordNumber })),
  next: RecordNumber.meta({ description: 'Give this as `after` to go on.' }),
})

/** A router without what only the hub needs. */
export const RouterView = RouterRecord.omit({
  tokenSha256: true,
  previousToken: true,
  whole: true,
  patches: true,
  patchOctets: true,
})
  .extend({
    severity: z.enum(SEVERITIES).meta({
      description:
        'As of the newest report of the router, also while it is away; `unknown` before the first.',
    }),
    connected: z.boolean(),
    since: Instant.nullable().meta({ description: 'When the connection said hello.' }),
  })
  .strict()

export const RouterList = z.strictObject({ routers: z.array(RouterView) })

/** What a `PUT` of an intent sends where passwords, probes or an end of its validity go with the intent. */
export const IntentWithExtras = z.strictObject({
  intent: intentSchema,
  secrets: PushedSecrets.nullable().optional(),
  probes: Probes.optional(),
  validUntil: PushParams.shape.validUntil,
})

const StoredPush = z.strictObject({
  router: HelloParams.shape.router,
  generation: z.int().min(1),
  digest: z.string(),
  stored: z.literal(true),
})

export const PushTaken = StoredPush.extend({ delivery: z.literal('accepted') })

export const PushWaiting = StoredPush.extend({
  delivery: z.literal('waiting'),
  reasons: z.array(FaultShape).meta({ description: 'Why the router has not taken it yet.' }),
})

/** A refusal of a push. The members beside `faults` are there if the intent is stored all the same. */
export const PushRefused = Refused.extend({
  ...StoredPush.partial().shape,
  delivery: z.enum(['refused', 'rolled-back', 'expired']).optional(),
})

export const DryRun = PushResult.extend({ plan: PlanSummary.optional() })

export const StoredIntentView = z.strictObject({
  generation: z.int().min(1),
  intent: intentSchema.meta({ description: 'As it was written.' }),
})

/** Health in the form of `docs/health.md`. */
export const HealthView = z.strictObject({
  router: HelloParams.shape.router,
  current: z.boolean().meta({ description: 'false: a difference is missing.' }),
  sequence: RecordNumber,
  at: Instant.nullable(),
  health: HealthReading.nullable(),
})

/** A word about a connection or an attachment. */
export const LifecycleWordBody = LifecycleParams.strict()

/** The word as the hub keeps it. */
export const WordView = SaidWord

/** The port whose light its router is to remember as it is now. */
export const BaselineBody = BaselineParams.strict()
export const BaselineTaken = BaselineResult

/** What the provider measures at its end of the fibre. */
export const OpticsReportBody = OpticsReport.strict()
export const OpticsReportTaken = OpticsReportResult

export const LifecycleList = z.strictObject({
  router: HelloParams.shape.router,
  lifecycles: z
    .array(
      z.strictObject({
        kind: z.enum(SERVICE_KINDS),
        name: z.string(),
        lifecycle: z.string().meta({ description: 'The state; docs/health.md has them all.' }),
        since: z.string().optional(),
        reason: z.string().optional(),
        providerState: z.string().optional(),
      }),
    )
    .meta({
      description:
        'As of the newest report of the router; what its intent does not name any more comes last.',
    }),
  words: z
    .array(WordView)
    .meta({ description: 'Words that wait for the router, and the newest 100 that it answered.' }),
})

const Next = RecordNumber.meta({ description: 'Give this as `after` to go on.' })

export const ChangePage = z.strictObject({
  changes: z.array(ChangeProgress.extend({ number: RecordNumber })),
  next: Next,
})

export const EventPage = z.strictObject({
  events: z.array(EventRecord.extend({ number: RecordNumber })),
  next: Next,
})

export const Nothing = z.strictObject({})

/** `data` of one server-sent event. */
export const StreamedRecord = JournalRecord

/** `data` of the event `gap`. */
export const Gap = z.strictObject({
  after: RecordNumber.meta({ description: 'The number the client asked to go on from.' }),
  trimmed: RecordNumber.meta({ description: 'The newest number that is no longer stored.' }),
})
