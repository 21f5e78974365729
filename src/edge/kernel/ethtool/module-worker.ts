import { parentPort } from 'node:worker_threads'
import type { ModuleEeprom } from '../../../core/model/optic.js'
import { netlinkSocket } from '../netlink/socket.js'
import { PROTOCOL } from '../netlink/uapi.js'
import { ethtool } from './ethtool.js'
import { readModule } from './module-eeprom.js'
import type { Answer, Question } from './module-question.js'

/** The thread of `module-reader.ts`: one question, one answer. */
const tool = ethtool(netlinkSocket(PROTOCOL.GENERIC))

async function answer({ port }: Question): Promise<void> {
  const eeprom = await readModule(tool, port).catch((error: unknown): ModuleEeprom => ({
    state: 'unreadable',
    reason: String(error),
  }))
  parentPort?.postMessage({ eeprom } satisfies Answer)
}

parentPort?.on('message', (question: Question) => void answer(question))
