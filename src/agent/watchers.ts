import type { WATCH_METHODS } from '../core/wire/messages.js'

/** A local client that asked to see what the hub sees. */
export interface Watcher {
  readonly notify: (method: string, params: object) => void
  readonly signal: AbortSignal
}

export interface Watchers {
  readonly add: (watcher: Watcher) => void
  readonly tell: (method: (typeof WATCH_METHODS)[number], params: object) => void
}

/** Nobody yet; a watcher is forgotten when its connection ends. */
export function createWatchers(): Watchers {
  const watching = new Set<Watcher>()
  return {
    add(watcher) {
      watching.add(watcher)
      watcher.signal.addEventListener('abort', () => watching.delete(watcher), { once: true })
    },
    tell(method, params) {
      for (const watcher of watching) watcher.notify(method, params)
    },
  }
}
