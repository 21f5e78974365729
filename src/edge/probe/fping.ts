import { spawn } from 'node:child_process'
import type { ProberGroup } from '../../core/intent/survey/probe-targets.js'
import { ECHO_TIMEOUT } from '../../core/traffic/window.js'
import { FPING_LINE_MAX, parseFpingLine, type FpingResult } from '../../core/traffic/fping-line.js'

/** What one process of fping does with its results, and with its end. */
export interface FpingListener {
  readonly onResult: (result: FpingResult) => void
  /** Called once, with the reason in words, also where the process could not be started. */
  readonly onEnd: (reason: string) => void
}

/** ms between two packets of one process where there is time; fping's own default. */
const PACKET_GAP = 10

/** Lines a second that a process may print beside four for each request: other hosts can cause some. */
const SPARE_LINES = 200

/**
 * Starts fping in loop mode for the targets of a group. The addresses are checked ones, written to its standard
 * input; no shell is involved. The value ends it, for a reason in words where there is one.
 */
export function startFping(
  group: ProberGroup,
  { onResult, onEnd }: FpingListener,
): (why?: string) => void {
  const child = spawn('fping', fpingArguments(group), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  let reason: string | null = null
  let said = ''
  let ended = false
  const end = (why: string): void => {
    if (ended) return
    ended = true
    onEnd(reason ?? why)
  }
  const fail = (why?: string): void => {
    reason ??= why ?? null
    child.kill('SIGKILL')
  }
  const allowed = lineLimit(group)
  const flood = (): void => fail('fping printed far more than it was asked for')
  child.stdout.on(
    'data',
    lineReader((line) => {
      if (!allowed()) return flood()
      const result = parseFpingLine(line)
      if (result !== null && !ended) onResult(result)
    }, flood),
  )
  child.stderr.on(
    'data',
    lineReader((line) => {
      if (!allowed()) return flood()
      said = line
    }, flood),
  )
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${[...new Set(group.targets.map(({ address }) => address))].join('\n')}\n`)
  child.once('error', (error: NodeJS.ErrnoException) =>
    end(
      error.code === 'ENOENT'
        ? 'fping is not installed'
        : `fping cannot be started: ${error.message}`,
    ),
  )
  child.once('close', (status, signal) =>
    end(`fping ended (${signal ?? status})${said && `: ${plain(said)}`}`),
  )
  return fail
}

function fpingArguments({ targets, interval, data, source, vrf }: ProberGroup): readonly string[] {
  const period = interval * 1000
  const gap = Math.max(1, Math.min(PACKET_GAP, Math.floor((period * 0.8) / targets.length)))
  return [
    '-l',
    ...['-p', String(period), '-t', String(ECHO_TIMEOUT), '-i', String(gap)],
    ...(data === null ? [] : ['-M', '-b', String(data)]),
    ...(source === null ? [] : ['-S', source]),
    ...(vrf === null ? [] : ['-I', vrf]),
    ...['-f', '-'],
  ]
}

/** false once more lines came within a second than the group can cause. */
function lineLimit({ targets, interval }: ProberGroup): () => boolean {
  const limit = SPARE_LINES + (4 * targets.length) / Math.min(1, interval)
  let second = 0
  let lines = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) {
      second = now
      lines = 0
    }
    lines += 1
    return lines <= limit
  }
}

/** Splits what a process prints into lines. A line without an end within its limit is too much. */
function lineReader(
  onLine: (line: string) => void,
  onTooLong: () => void,
): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const lines = `${rest}${chunk.toString('latin1')}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > FPING_LINE_MAX) {
      rest = ''
      onTooLong()
    }
    for (const line of lines) onLine(line)
  }
}

/** Characters of what fping said last that a finding repeats. */
const SAID_MAX = 160

function plain(text: string): string {
  return text.slice(0, SAID_MAX).replaceAll(/[^ -~]/g, '?')
}
