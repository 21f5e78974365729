import { attempt, attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import type { Result } from '../../core/base/result.js'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { AuditRecord } from '../../core/wire/audit.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/** The record of who asked this agent for what. */
export interface AuditFile {
  /** Adds a line. Never fails: what cannot be written shows in `faults`. */
  readonly record: (record: AuditRecord) => Promise<void>
  /** The newest records, the newest last. */
  readonly newest: (limit: number) => Promise<Result<{ records: AuditRecord[] }>>
  /** Why the last line could not be written; empty: it was. */
  readonly faults: () => readonly Fault[]
}

const AUDIT_FILE = 'audit.jsonl'

/** Octets of one file; a full one gets the number 1, and the oldest is dropped. */
const OCTETS_MAX = 1024 * 1024
/** Files with a number, beside the present one. */
const FILES_KEPT = 4

const nameOf = (number: number): string => (number === 0 ? AUDIT_FILE : `${AUDIT_FILE}.${number}`)

/** Opens the audit file in the state directory. A line that a power cut left incomplete is ignored. */
export function openAuditFile(
  files: Pick<StateFiles, 'read' | 'write' | 'append' | 'rename'>,
  octetsMax = OCTETS_MAX,
): AuditFile {
  const queue = createSerialQueue()
  let failure: Fault | null = null
  let size: number | null = null

  async function append(line: string): Promise<void> {
    size ??= Buffer.byteLength((await files.read(AUDIT_FILE)) ?? '')
    const octets = Buffer.byteLength(line)
    if (size > 0 && size + octets > octetsMax) {
      await rotate()
      size = 0
    }
    if (size === 0) await files.write(AUDIT_FILE, line)
    else await files.append(AUDIT_FILE, line)
    size += octets
  }

  async function rotate(): Promise<void> {
    for (let number = FILES_KEPT - 1; number >= 0; number -= 1) {
      const present = number === 0 || (await files.read(nameOf(number))) !== undefined
      if (present) await files.rename(nameOf(number), nameOf(number + 1))
    }
  }

  async function readNewest(limit: number): Promise<{ records: AuditRecord[] }> {
    const records: AuditRecord[] = []
    for (let number = 0; number <= FILES_KEPT && records.length < limit; number += 1) {
      records.unshift(...recordsIn((await files.read(nameOf(number))) ?? ''))
    }
    return { records: records.slice(-limit) }
  }

  return {
    record: (record) =>
      queue.run(async () => {
        const failed = await attemptFault(() => append(`${JSON.stringify(record)}\n`))
        // After a failure it is not known how much of the line is in the file.
        if (failed !== null) size = null
        failure =
          failed === null
            ? null
            : fault(
                'STATE_UNWRITABLE',
                AUDIT_FILE,
                `a line of the audit is lost: ${failed.message}`,
              )
      }),
    newest: (limit) => queue.run(async () => attempt(() => readNewest(limit))),
    faults: () => (failure === null ? [] : [failure]),
  }
}

function recordsIn(text: string): readonly AuditRecord[] {
  return text.split('\n').flatMap((line) => {
    const found = AuditRecord.safeParse(parseJson(line))
    return found.success ? [found.data] : []
  })
}
