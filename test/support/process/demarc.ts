import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** `demarc` as an operator starts it; `npm run build` makes it. */
export const PROGRAM = join(process.cwd(), 'dist/demarc.js')

/** How the program ended, and what it wrote. */
export interface Ended {
  readonly status: number
  readonly out: string
  readonly err: string
}

export function demarc(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], (error, out, err) => {
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}
