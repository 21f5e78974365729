/** Prints what happens, with the seconds since the start in front. */
const started = performance.now()

function line(text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6)
  for (const part of text.split('\n')) process.stdout.write(`${seconds} s  ${part}\n`)
}

export const narrate = {
  title: (text: string): void => void process.stdout.write(`\n== ${text}\n`),
  step: (text: string): void => line(text),
  /** What a program printed, as it printed it. */
  output: (command: string, text: string): void =>
    void process.stdout.write(`\n$ ${command}\n${text.trimEnd()}\n\n`),
  failed: (error: unknown): void =>
    line(`FAILED: ${error instanceof Error ? error.message : String(error)}`),
}
