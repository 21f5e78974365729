import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks until the answer satisfies, and gives it back. At the deadline it throws with what was seen
 * last, so that a failed test says how far things had come.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | Promise<T>,
  options: {
    readonly until: (answer: T) => boolean
    /** Seconds. */
    readonly within: number
    /** ms between two questions. */
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
