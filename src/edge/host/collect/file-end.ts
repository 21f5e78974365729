import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { wholeLines, type Collected, type Extent } from './collected.js'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
}

/** The text of a file, or its first or last octets. Pipes and devices are refused. Never rejects. */
export async function fileEnd(path: string, { most, keep }: Extent): Promise<Collected> {
  try {
    // Without O_NONBLOCK the opening of a pipe waits for its writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) return { kind: 'missing', reason: 'it is not a file' }
      const from = keep === 'tail' ? Math.max(0, stat.size - most) : 0
      // Files of /proc have no size.
      const { buffer, bytesRead } = await readFull(file, from, most + 1)
      const cut = from > 0 || bytesRead > most
      return wholeLines(buffer.subarray(0, Math.min(bytesRead, most)), cut, keep)
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return { kind: 'missing', reason: REASONS[code] ?? message }
  }
}

async function readFull(
  file: Awaited<ReturnType<typeof open>>,
  from: number,
  most: number,
): Promise<{ readonly buffer: Buffer; readonly bytesRead: number }> {
  const buffer = Buffer.alloc(most)
  let bytesRead = 0
  for (;;) {
    const read = await file.read(buffer, bytesRead, most - bytesRead, from + bytesRead)
    bytesRead += read.bytesRead
    if (read.bytesRead === 0 || bytesRead === most) return { buffer, bytesRead }
  }
}
