import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Calls `ask` until its answer satisfies `until`, and resolves with that answer. At the deadline it throws
 * an error with the last answer, so that a failed test shows how far things had come.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  options: {
    readonly until: (answer: T) => boolean
    /** Seconds. */
    readonly within: number
    /** ms between two calls; 200 without it. */
    readonly every?: number
  },
): Promise<T> {
  const deadline = performance.now() + options.within * 1000
  for (;;) {
    const answer = await ask()
    if (options.until(answer)) return answer
    if (performance.now() > deadline) {
      throw new Error(
        `${what}: not within ${options.within} s; last seen: ${JSON.stringify(answer)}`,
      )
    }
    await sleep(options.every ?? 200)
  }
}
