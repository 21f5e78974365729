import { cpSync, lstatSync } from 'node:fs'

/** Copies the files of a directory, so that they outlive the guest; sockets and pipes are left out. */
export function keepFiles(from: string, to: string): void {
  const filter = (path: string): boolean =>
    lstatSync(path).isFile() || lstatSync(path).isDirectory()
  cpSync(from, to, { recursive: true, filter })
}
