import { cpSync, lstatSync } from 'node:fs'

/** Copies logs and state for a person to read later; sockets and pipes are left out. */
export function keepFiles(from: string, to: string): void {
  const filter = (path: string): boolean =>
    lstatSync(path).isFile() || lstatSync(path).isDirectory()
  cpSync(from, to, { recursive: true, filter })
}
