import { open, type FileHandle } from 'node:fs/promises'

/** The text of a file, or why there is none. */
export type Reading =
  | { readonly kind: 'text'; readonly text: string; readonly mode: number; readonly owner: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'not-text' }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Reads a file of at most `limit` octets as strict UTF-8. Mode and owner are those of the open file, so
 * that the file cannot be replaced between check and read. Never rejects.
 */
export async function readBounded(path: string, limit: number): Promise<Reading> {
  try {
    const file = await open(path, 'r')
    try {
      return await contents(file, limit)
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return { kind: 'missing' }
    return { kind: 'refused', reason: code ?? String(error) }
  }
}

async function contents(file: FileHandle, limit: number): Promise<Reading> {
  const { mode, uid, size } = await file.stat()
  if (size > limit) return { kind: 'too-long' }
  const buffer = Buffer.alloc(limit + 1)
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  if (bytesRead > limit) return { kind: 'too-long' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      buffer.subarray(0, bytesRead),
    )
    return { kind: 'text', text, mode: mode & 0o7777, owner: uid }
  } catch {
    return { kind: 'not-text' }
  }
}
