import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Whether connections are accepted there: a port of 127.0.0.1, or the path of a socket, which is there a moment before. */
export function isListening(
  at: { readonly port: number } | { readonly path: string },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = 'port' in at ? connect({ ...at, host: '127.0.0.1' }) : connect(at)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Below the ports that the kernel gives to outgoing connections (ip_local_port_range), and above well-known ones. */
const [FIRST, COUNT] = [20_000, 12_000]

/** A TCP port of 127.0.0.1 that nothing listens on, and that no connection of another test takes meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
