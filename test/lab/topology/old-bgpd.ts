import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'

/** What stands where bgpd should: it answers like one, and says it is of this version. */
export async function startOldBgpd(runDir: string, version: string): Promise<() => Promise<void>> {
  const path = join(runDir, 'bgpd.vty')
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
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
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
    rmSync(path, { force: true })
  }
}
