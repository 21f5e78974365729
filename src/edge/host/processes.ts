import { readFile } from 'node:fs/promises'

/**
 * Kills a process (SIGKILL), if there is one of this number whose command line names `program`: the
 * number alone may be another's by now.
 */
export async function endProcess(pid: number, program: string): Promise<void> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (!command.includes(program)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
