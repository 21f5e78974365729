import { createServer, connect, type Socket } from 'node:net'

/** A TCP relay to what listens at `port` when a connection comes: a network that a test can interrupt. */
export async function startRelay(port: () => number) {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    const far = connect(port(), '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    far.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNRESET') near.resetAndDestroy()
    })
    for (const socket of pair) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as { port: number }
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.destroy()
      far.destroy()
    }
  }
  return {
    port: own,
    cut,
    /** Passes nothing on any more and leaves the connections open. */
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
        near.pause()
        far.pause()
      }
    },
    close: () => {
      cut()
      server.close()
    },
  }
}
