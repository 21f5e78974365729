import { parentPort } from 'node:worker_threads'

/**
 * A thread like that of `module-worker.ts` whose cages are made up: the name of a port says after how
 * many ms it answers, as in `slow-500`, and the thread is stuck as long, as it is inside a send.
 */
parentPort?.on('message', (question) => {
  if (question === null) return parentPort?.close()
  const { port } = question
  if (port === 'broken') throw new Error('no such luck')
  const [, delay] = /-(\d+)$/.exec(port) ?? []
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(delay ?? 0))
  parentPort?.postMessage({ eeprom: { state: 'bytes', a0: Buffer.from(port), a2: null } })
})
