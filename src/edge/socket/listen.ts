import type { ListenOptions, Server } from 'node:net'
import { fault, FaultError, type FaultCode } from '../../core/base/fault.js'

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
