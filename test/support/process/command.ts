import { execFileSync } from 'node:child_process'

/** Runs a program to its end and gives its output; a failure is thrown with its error output. */
export function run(program: string, ...words: readonly string[]): string {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    })
  } catch (error) {
    const output =
      error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`${program} ${words.join(' ')}: ${output.trim()}`, { cause: error })
  }
}
