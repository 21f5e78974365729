import { existsSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

/**
 * A thread like that of `module-worker.ts` with made-up modules: it answers for a port named
 * `held PATH` once that file exists, and is stuck until then, as if it were inside `sendmsg()`. It ends
 * with an error for the port `broken`.
 */
parentPort?.on('message', (question) => {
  if (question === null) return parentPort?.close()
  const { port } = question
  if (port === 'broken') throw new Error('no such luck')
  const [, path] = /held (\/.*)$/.exec(port) ?? []
  const waiting = new Int32Array(new SharedArrayBuffer(4))
  const isHeld = () => path !== undefined && !existsSync(path)
  while (isHeld()) Atomics.wait(waiting, 0, 0, 5)
  parentPort?.postMessage({ eeprom: { state: 'bytes', a0: Buffer.from(port), a2: null } })
})
