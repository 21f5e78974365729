import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Between two looks, ms: a command lives longer than that. */
const PAUSE = 250

/** Writes the arguments and the environment of every process to a file, as `ps eww` would show them. */
export function watchProcesses(file: string): () => void {
  const known = new Set<string>()
  const look = (): void => {
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const line of ['cmdline', 'environ'].map((what) => textOf(join('/proc', id, what)))) {
        if (line === '' || known.has(line)) continue
        known.add(line)
        appendFileSync(file, `${line}\n`)
      }
    }
  }
  look()
  const timer = setInterval(look, PAUSE)
  return () => clearInterval(timer)
}

/** A process may end between the list and the look at it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
