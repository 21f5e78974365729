import { readdirSync, readFileSync } from 'node:fs'

/** ms of a clock tick in `/proc/PID/stat`: USER_HZ is 100 on Linux, whatever the kernel's own rate. */
const TICK = 10

/** Memory of a process and of all its descendants, from `/proc`. In MB of 1024 * 1024 octets. */
export interface Memory {
  /** Resident set, worker threads included. */
  readonly rss: number
  /** The largest resident set since the start of the process. */
  readonly peak: number
  /** Private memory of the descendants; the memory they share with the process is in `rss` already. */
  readonly children: number
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const children = descendants(pid).map(
    (child) =>
      kilobytes(rollup(child), 'Private_Clean') + kilobytes(rollup(child), 'Private_Dirty'),
  )
  return {
    rss: kilobytes(status, 'VmRSS') / 1024,
    peak: kilobytes(status, 'VmHWM') / 1024,
    children: sum(children) / 1024,
  }
}

/** Processor time in ms that a process, its descendants and the children it has waited for have used so far. */
export function cpuOf(pid: number): number {
  return sum([pid, ...descendants(pid)].map((id) => used(`/proc/${id}`, 11, 15)))
}

/** Processor time in ms that all threads of a process have used so far. */
export function cpuOfProcess(pid: number): number {
  return used(`/proc/${pid}`, 11, 13)
}

/** Processor time in ms that the main thread of a process has used so far. */
export function cpuOfMainThread(pid: number): number {
  return used(`/proc/${pid}/task/${pid}`, 11, 13)
}

/** Processor time in ms of the child processes that this process has waited for so far. */
export function cpuOfWaitedFor(): number {
  return used('/proc/self', 13, 15)
}

/** Sum in ms of the fields `first` up to but not including `end` of a file `stat` below `/proc`, counted after the name; see proc(5). */
function used(dir: string, first: number, end: number): number {
  const stat = readFileSync(`${dir}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return sum(fields.slice(first, end).map(Number)) * TICK
}

function descendants(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number)
      .flatMap((child) => [child, ...descendants(child)]),
  )
}

function rollup(pid: number): string {
  return readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
}

function kilobytes(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
