import type { WantedSubject } from '../../core/lifecycle/record.js'
import type { Intent } from '../../core/wire/intent.js'
import { effectiveOf, type KeptIntent } from '../state/kept-intent.js'

/** The connections and attachments of the intent in force. It is computed anew only for another intent. */
export function createWanted(running: () => KeptIntent | null): () => readonly WantedSubject[] {
  let last: KeptIntent | null = null
  let subjects: readonly WantedSubject[] = []
  return () => {
    const kept = running()
    if (kept !== last) {
      subjects = kept === null ? [] : subjectsOf(effectiveOf(kept))
      last = kept
    }
    return subjects
  }
}

function subjectsOf({ connections, attachments }: Intent): readonly WantedSubject[] {
  const providers = new Map<string, string | null>(
    connections.map(({ name, provider }) => [name, provider ?? null]),
  )
  return [
    ...connections.map(({ name, provider = null }) => {
      return { kind: 'connection', name, provider } as const
    }),
    ...attachments.map(({ name, connection }) => {
      return { kind: 'attachment', name, provider: providers.get(connection) ?? null } as const
    }),
  ]
}
