import type * as z from 'zod'
import { fault, FaultError } from '../../../core/base/fault.js'
import type { Result } from '../../../core/base/result.js'
import { createSerialQueue } from '../../../core/base/serial-queue.js'
import type { StateFiles } from '../../../edge/host/files/state-files.js'
import type { Log } from '../../../edge/host/log.js'
import { readShape } from '../kept-intent.js'
import { readOrSetAside } from '../set-aside.js'

/** State files of one kind: one for each port or connection of which something is remembered. */
export interface NamedFiles<T> {
  /**
   * What earlier processes have kept, by name. A file that is cut, damaged or of another name is set aside, and its
   * name begins anew.
   */
  readonly read: () => Promise<ReadonlyMap<string, T>>
  /** Replaces the file of a name durably. */
  readonly write: (name: string, kept: T) => Promise<void>
  /** The same, and nobody waits for it: a failure is logged. */
  readonly save: (name: string, kept: T) => void
  readonly remove: (name: string) => void
  /** Resolves when nothing waits to be written. */
  readonly idle: () => Promise<void>
}

/** What the files of one kind are called and hold. */
export interface FileKind<S extends z.ZodType, T> {
  /** Files are called `PREFIX-NAME.json`. */
  readonly prefix: string
  /** What the names are: `port`, `connection`. */
  readonly of: string
  /** Files of more names are left alone. */
  readonly most: number
  readonly shape: S
  readonly nameOf: (stored: z.output<S>) => string
  readonly keptFrom: (stored: z.output<S>) => Result<T>
  readonly stored: (name: string, kept: T) => object
  /** What the log says where a file is set aside. */
  readonly lost: string
  readonly unwritable: { readonly event: string; readonly message: string }
}

export function openNamedFiles<S extends z.ZodType, T>(
  kind: FileKind<S, T>,
  { files, log }: { readonly files: StateFiles; readonly log: Pick<Log, 'error'> },
): NamedFiles<T> {
  const { prefix, of, most, unwritable } = kind
  const writes = createSerialQueue()
  const pattern = new RegExp(`^${prefix}-(.+)\\.json$`)
  // A name may hold what a file name may not.
  const fileOf = (name: string): string => `${prefix}-${encodeURIComponent(name)}.json`

  async function readOne(file: string) {
    const stored = await readShape(files, file, kind.shape)
    if (stored === undefined) return undefined
    const name = kind.nameOf(stored)
    if (fileOf(name) !== file) throw damaged(file, `is of the ${of} ${name.slice(0, 15)}`)
    const kept = kind.keptFrom(stored)
    if (!kept.ok) throw damaged(file, kept.faults[0]?.message ?? '')
    return [name, kept.value] as const
  }

  const damaged = (file: string, what: string): FaultError =>
    new FaultError(fault('STATE_DAMAGED', file, what))

  const write = (name: string, kept: T): Promise<void> =>
    writes.run(() => files.write(fileOf(name), JSON.stringify(kind.stored(name, kept))))

  function inBackground(name: string, done: Promise<void>): void {
    done.catch((error: unknown) => {
      log.error({ event: unwritable.event, [of]: name, error }, unwritable.message)
    })
  }

  return {
    async read() {
      const names = (await files.list()).filter((file) => pattern.test(file)).slice(0, most)
      const found = new Map<string, T>()
      for (const file of names) {
        const damage = { file, message: kind.lost }
        const kept = await readOrSetAside({ files, log }, damage, () => readOne(file))
        if (kept !== undefined) found.set(...kept)
      }
      return found
    },
    write,
    save: (name, kept) => inBackground(name, write(name, kept)),
    remove: (name) =>
      inBackground(
        name,
        writes.run(() => files.remove(fileOf(name))),
      ),
    idle: writes.idle,
  }
}
