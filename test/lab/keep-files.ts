import { cpSync, lstatSync } from 'node:fs'

/** Copies the files of a directory, so that they outlive the guest; sockets and pipes are left out, and files that a program is replacing. */
export function keepFiles(from: string, to: string): void {
  const filter = (path: string): boolean => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    return found?.isFile() === true || found?.isDirectory() === true
  }
  cpSync(from, to, { recursive: true, filter })
}
