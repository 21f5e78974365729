import { readFile } from 'node:fs/promises'

/**
 * Kills a process (SIGKILL) whose command line contains `program`. Another process, or none, is left
 * alone: the number may have been reused.
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
