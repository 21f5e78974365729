import { same, sameMembers } from '../base/merge-patch.js'
import { createReuse, remembered, type Reuse } from '../base/remember.js'
import type { JsonObject } from '../base/json.js'
import type { ServiceLifecycle } from '../model/health.js'
import type { HealthDocument, RemovedHealth } from '../wire/health.js'
import { cutText, TEXT_LIMITS } from '../wire/limits.js'

/**
 * A document of a look, with the lifecycle of each connection and attachment, and of those that the intent does not name any
 * more. What is as in the previous document stays the same object, so that a difference need not look into it.
 */
export function withLifecycles(
  document: HealthDocument,
  lifecycles: readonly ServiceLifecycle[],
  previous: HealthDocument | null,
  last: Reuse<JsonObject> = createReuse(),
): HealthDocument {
  last.begin()
  const of = membersByKind(lifecycles)
  const removed = lifecycles.filter(({ isWanted }) => !isWanted)
  const { connections, attachments } = document
  return {
    ...document,
    connections: joined('connection', connections, {
      members: of.connection,
      before: previous?.connections,
      last,
    }),
    attachments: joined('attachment', attachments, {
      members: of.attachment,
      before: previous?.attachments,
      last,
    }),
    ...(removed.length === 0 ? {} : { removed: Object.fromEntries(removed.map(removedEntry)) }),
  }
}

type Members = ReturnType<typeof membersOf>

const membersByKind = remembered((lifecycles: readonly ServiceLifecycle[]) => {
  const of = { connection: new Map<string, Members>(), attachment: new Map<string, Members>() }
  for (const each of lifecycles) of[each.kind].set(each.name, membersOf(each))
  return of
})

function joined<Part extends JsonObject>(
  kind: 'connection' | 'attachment',
  parts: Readonly<Record<string, Part>>,
  {
    members,
    before,
    last,
  }: {
    readonly members: ReadonlyMap<string, Members>
    readonly before: Readonly<Record<string, Part>> | undefined
    readonly last: Reuse<JsonObject>
  },
): Readonly<Record<string, Part>> {
  const all = Object.entries(parts).map(([name, part]): readonly [string, Part] => {
    const own = members.get(name)
    if (own === undefined) return [name, part]
    const written = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined
    const join = (): Part => {
      const now = { ...part, ...own }
      return written !== undefined && same(written, now) ? written : now
    }
    return [name, last.take(`${kind}/${name}`, [part, own, written], join) as Part]
  })
  return sameMembers(before, all)
}

/** A subject that is available needs no reason, and there are thousands of them. */
function membersOf({ state, since, reason, providerState }: ServiceLifecycle) {
  return {
    lifecycle: state,
    lifecycleSince: since,
    ...(state === 'available' ? {} : { lifecycleReason: cutText(reason, TEXT_LIMITS.lifecycle) }),
    ...(providerState === undefined ? {} : { providerState }),
  }
}

function removedEntry(each: ServiceLifecycle): readonly [string, RemovedHealth] {
  const lifecycle = each.state === 'deleted' ? 'deleted' : 'deleting'
  return [`${each.kind}/${each.name}`, { ...membersOf(each), lifecycle }]
}
