import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** ms between two readings; a command runs longer than that. */
const INTERVAL = 250

/**
 * Writes the arguments and the environment of every process to a file, as `ps eww` shows them; returns a
 * function that stops it.
 */
export function recordProcesses(file: string): () => void {
  const known = new Set<string>()
  const record = (): void => {
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const line of ['cmdline', 'environ'].map((file) => textOf(join('/proc', id, file)))) {
        if (line === '' || known.has(line)) continue
        known.add(line)
        appendFileSync(file, `${line}\n`)
      }
    }
  }
  record()
  const timer = setInterval(record, INTERVAL)
  return () => clearInterval(timer)
}

/** Empty when the process has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
