import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'

/** Starts a server on bgpd's vty socket that reports `version` and answers every other command with nothing; returns its stop. */
export async function startOldBgpd(runDir: string, version: string): Promise<() => Promise<void>> {
  const path = join(runDir, 'bgpd.vty')
  rmSync(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const command of chunk.toString('utf8').split('\0').slice(0, -1)) {
        const text = command === 'show version' ? `FRRouting ${version} (old) on Linux.\n` : ''
        socket.write(`${text}\0\0\0\0`)
      }
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
    rmSync(path, { force: true })
  }
}
