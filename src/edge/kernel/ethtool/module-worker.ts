import { parentPort } from 'node:worker_threads'
import type { ModuleEeprom } from '../../../core/model/optic.js'
import { netlinkSocket } from '../netlink/socket.js'
import { PROTOCOL } from '../netlink/uapi.js'
import { ethtool } from './ethtool.js'
import { readModule } from './module-eeprom.js'
import type { Answer, Question } from './module-question.js'

/** The thread of `module-reader.ts`: it answers each question with one message. */
const socket = netlinkSocket(PROTOCOL.GENERIC)
const tool = ethtool(socket)

async function answer(port: string): Promise<void> {
  const eeprom = await readModule(tool, port).catch((error: unknown): ModuleEeprom => ({
    state: 'unreadable',
    reason: String(error),
  }))
  parentPort?.postMessage({ eeprom } satisfies Answer)
}

function end(): void {
  socket.close()
  parentPort?.close()
}

parentPort?.on('message', (question: Question) => {
  if (question === null) end()
  else void answer(question.port)
})
