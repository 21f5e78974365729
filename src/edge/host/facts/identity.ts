import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** A UUID that the kernel makes at each boot (`Documentation/admin-guide/sysctl/kernel.rst`). */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

/** A random UUID (RFC 9562, version 4). */
export function newId(): string {
  return randomUUID()
}

/** SHA-256 of the UTF-8 bytes, 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
