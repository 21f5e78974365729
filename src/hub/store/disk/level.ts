import { ClassicLevel } from 'classic-level'
import { fault, type Fault } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'

/** Opens LevelDB, which keeps at most `filesMax` of its files open. `STATE_DAMAGED`: its files do not fit together. `STATE_UNWRITABLE`: everything else. */
export async function openLevel(dir: string, filesMax: number): Promise<Result<ClassicLevel>> {
  const level = new ClassicLevel(dir, { maxOpenFiles: filesMax })
  try {
    await level.open()
    return ok(level)
  } catch (error) {
    return refused(openFault(dir, error))
  }
}

/** What LevelDB's message about an operating system's error means, and what to do. */
const SYSTEM_ERRORS: readonly { readonly pattern: RegExp; readonly detail: string }[] = [
  { pattern: /Read-only file system$/, detail: 'the file system is read-only; mount it writable' },
  { pattern: /No space left on device$/, detail: 'the disk is full; make room' },
  { pattern: /Disk quota exceeded$/, detail: 'the disk quota is used up; make room' },
  {
    pattern: /(?:Permission denied|Operation not permitted)$/,
    detail: 'this user may not write here; the directory must belong to the user of demarc-hub',
  },
  {
    pattern: /Not a directory|ENOTDIR/,
    detail: "it cannot be a hub's store, because it is not in a directory",
  },
  { pattern: /Too many open files$/, detail: 'too many files are open; raise LimitNOFILE=' },
]

function openFault(dir: string, error: unknown): Fault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = (cause as { readonly code?: string }).code
  if (code === 'LEVEL_LOCKED') {
    return fault('STATE_UNWRITABLE', dir, 'is in use by another demarc-hub')
  }
  const known = SYSTEM_ERRORS.find(({ pattern }) => pattern.test(message))
  return known === undefined
    ? fault('STATE_DAMAGED', dir, `LevelDB cannot open it: ${message}`)
    : fault('STATE_UNWRITABLE', dir, `${known.detail} (${message})`)
}
