import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks in `/proc/PID/stat` are 10 ms on Linux, whatever the kernel's own are. */
const TICK = 10

/** Memory of a process and of all it started, from `/proc`; MB are 1024 * 1024 octets. */
export interface Memory {
  /** Resident set, worker threads included. */
  readonly rss: number
  /** The most it ever was. */
  readonly peak: number
  /** What its children hold for themselves: the program they share with it is counted once. */
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

/** ms of processor a process, its children and those it has waited for have used so far. */
export function cpuOf(pid: number): number {
  return sum([pid, ...descendants(pid)].map((one) => used(one, 11, 15)))
}

/** ms that programs which this process waited for have used so far. */
export function cpuOfWaitedFor(): number {
  return used('self', 13, 15)
}

/** Fields of `/proc/PID/stat` from `first` to before `end`, counted behind the name: proc(5). */
function used(pid: number | 'self', first: number, end: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
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
  return numbers.reduce((total, one) => total + one, 0)
}
