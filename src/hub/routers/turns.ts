/** Deeds of one router, one after the other; those of two do not wait for each other. */
export interface Turns {
  /** Its answer is the deed's; one that fails holds up none after it. */
  readonly inTurn: <T>(id: string, deed: () => Promise<T>) => Promise<T>
  /** Whether a deed of this router is under way or waits. */
  readonly isBusy: (id: string) => boolean
  /** Resolves when no deed is under way, those that came meanwhile included. */
  readonly idle: () => Promise<void>
}

/** No deeds yet; a router takes room only while it has one. */
export function createTurns(): Turns {
  const ends = new Map<string, Promise<unknown>>()
  return {
    async inTurn(id, deed) {
      const done = (ends.get(id) ?? Promise.resolve()).then(deed)
      const settled = done.catch(() => undefined)
      ends.set(id, settled)
      try {
        return await done
      } finally {
        if (ends.get(id) === settled) ends.delete(id)
      }
    },
    isBusy: (id) => ends.has(id),
    async idle() {
      while (ends.size > 0) await Promise.all(ends.values())
    },
  }
}
