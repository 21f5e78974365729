import { performance } from 'node:perf_hooks'

/** Notices that nothing came for too long: a half-open TCP connection never says so itself. */
export interface SilenceWatch {
  readonly heard: () => void
  readonly stop: () => void
}

/** One timer for each connection, looked at when it fires and not moved with every message. */
export function createSilenceWatch(limit: number | undefined, onSilence: () => void): SilenceWatch {
  if (limit === undefined) return { heard: () => undefined, stop: () => undefined }
  let heardAt = performance.now()
  const look = (): void => {
    const left = heardAt + limit - performance.now()
    if (left <= 0) onSilence()
    else timer = setTimeout(look, left)
  }
  let timer = setTimeout(look, limit)
  return {
    heard() {
      heardAt = performance.now()
    },
    stop: () => clearTimeout(timer),
  }
}
