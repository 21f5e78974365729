import { createServer } from 'node:net'
import { sha256 } from './identity.js'

/**
 * Who may write to this router: one process at a time for each state directory. The kernel lets go
 * of the lock when its holder dies, however it dies, so that no stale file can block anybody.
 */
export interface WriterLock {
  readonly release: () => Promise<void>
}

/** null: another process has it. */
export async function takeWriterLock(stateDir: string): Promise<WriterLock | null> {
  const server = createServer((socket) => socket.destroy())
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    // An abstract name (unix(7)) of a length that always fits.
    server.listen({ path: `\0demarc-writer-${sha256(stateDir)}` }, () => resolve(true))
  })
  if (!taken) return null
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}
