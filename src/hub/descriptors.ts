import { readFile } from 'node:fs/promises'
import type { NewcomerLimits } from '../edge/socket/flow/newcomers.js'

/** How the file descriptors of this process are shared out, so that no use of them can starve another. */
export interface Descriptors {
  /** Table files that the store keeps open. */
  readonly store: number
  /** TCP connections. */
  readonly connections: number
  /** Of these, connections of which nobody knows yet who they are. */
  readonly newcomers: NewcomerLimits
  /** Routers that are connected. */
  readonly routers: number
}

/** Programs and libraries of the process itself, the log, timers, files that are read for a moment. */
const RESERVE = 64
/** LevelDB's own default, and what it needs at least. */
const STORE = { most: 1000, least: 74 }
const CONNECTIONS_MAX = 60_000
const NEWCOMERS_MAX = 16_384
/** Routers of one hub process. */
const ROUTERS_MAX = 10_000

/** Shares `total` descriptors. Where there are few, each use gets few, but none gets nothing. */
export function shareDescriptors(total: number): Descriptors {
  const store = Math.max(STORE.least, Math.min(STORE.most, Math.floor(total / 4)))
  const connections = Math.max(16, Math.min(CONNECTIONS_MAX, total - store - RESERVE))
  const all = Math.min(NEWCOMERS_MAX, Math.floor(connections / 2))
  const perAddress = Math.ceil(all / 2)
  return {
    store,
    connections,
    newcomers: { all, perAddress },
    routers: Math.min(ROUTERS_MAX, connections - all),
  }
}

/** Descriptors that this process may have (RLIMIT_NOFILE, which Node raises to the hard limit). */
export async function openFilesMax(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? CONNECTIONS_MAX : Number(soft)
}
