import type { ListenOptions, Server } from 'node:net'
import { fault, FaultError, type FaultCode } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'

/**
 * Resolves when the server accepts connections at this address. Rejects with a FaultError of this code,
 * whose place is `place`, where the address cannot be used. The server is bound before the call returns.
 */
export async function listen(
  server: Server,
  address: ListenOptions,
  code: FaultCode,
  place: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      const detail = `demarc cannot listen there: ${error.message}`
      reject(new FaultError(fault(code, place, detail), error))
    }
    server.once('error', failed)
    server.listen(address, () => {
      server.removeListener('error', failed)
      resolve()
    })
  })
}

/** Time until an address is tried again. */
const LISTEN_AGAIN = millis(60_000)

/** What is called for an attempt to listen; `onFailed` for the first one only. */
export interface ListenNews {
  readonly onListening: () => void
  readonly onFailed: (error: unknown) => void
}

/** An address that is used as soon as it can be. */
export interface KeptListening {
  /** Ends further attempts; resolves when none is under way. */
  readonly stop: () => Promise<void>
}

/** Listens, and tries again every minute while the address cannot be used: the daemon's work does not depend on it. */
export function keepListening(
  server: Server,
  address: ListenOptions,
  place: string,
  { onListening, onFailed }: ListenNews,
): KeptListening {
  let again: NodeJS.Timeout | null = null
  let isStopped = false

  async function open(isFirst: boolean): Promise<void> {
    try {
      await listen(server, address, 'KERNEL_REFUSED', place)
      onListening()
    } catch (error) {
      if (isFirst) onFailed(error)
      if (!isStopped) again = setTimeout(() => void open(false), LISTEN_AGAIN)
    }
  }
  const opened = open(true)

  return {
    async stop() {
      isStopped = true
      await opened
      if (again !== null) clearTimeout(again)
    },
  }
}
