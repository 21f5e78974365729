import * as z from 'zod'
import type { InterfaceAddress } from '../../core/model/names.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { readShape } from '../state/kept-intent.js'
import { readOrSetAside } from '../state/set-aside.js'

const FILE = 'address-marks.json'

const UINT32_MAX = 2 ** 32 - 1
const Mark = z.strictObject({
  index: z.int().min(1).max(UINT32_MAX),
  address: z.string().transform((text) => text as InterfaceAddress),
  created: z.int().min(0).max(UINT32_MAX),
  protocol: z.int().min(0).max(255),
})
const Marks = z.strictObject({ bootId: z.string(), marks: z.array(Mark) })
type Mark = z.output<typeof Mark>

const DAMAGED =
  'the record of marks is damaged; addresses that were adopted before count as foreign, and those that were released as demarc’s'

/**
 * The marks of addresses that this kernel does not take, on disk. They are of one boot: after another one no address
 * has the time of its creation.
 */
export async function openAddressMarks(
  disk: { readonly files: StateFiles; readonly log: Pick<Log, 'error'> },
  bootId: string,
): Promise<{
  readonly all: () => readonly Mark[]
  readonly replace: (marks: readonly Mark[]) => Promise<void>
}> {
  const stored = await readOrSetAside(disk, { file: FILE, message: DAMAGED }, () =>
    readShape(disk.files, FILE, Marks),
  )
  let marks: readonly Mark[] = stored?.bootId === bootId ? stored.marks : []
  return {
    all: () => marks,
    async replace(next) {
      await disk.files.write(FILE, JSON.stringify({ bootId, marks: next }))
      marks = next
    },
  }
}
