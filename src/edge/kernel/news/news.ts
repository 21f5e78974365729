import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { millis, type Millis } from '../../../core/base/time.js'
import type { LinkNews } from '../../../core/model/link.js'
import { readLinkLine } from './carriers.js'
import { readEndLine } from './ends.js'

/**
 * What changed: links, addresses, more TCP connections of BGP than were named one by one, or perhaps anything (`resync`),
 * because no process was subscribed.
 */
export type KernelChange = 'links' | 'addresses' | 'sessions' | 'resync'

/** A line that the child process prints, besides those of a link that was lost or is back. */
export type ChildLine = 'listening' | 'links' | 'addresses' | 'sessions'

/** What is called for a change, until the signal aborts. */
export interface NewsListener {
  readonly onChange: (change: KernelChange) => void
  /** A link was lost, or is back. */
  readonly onLink: (news: LinkNews) => void
  /** A TCP connection of BGP with this address ended. */
  readonly onSessionEnd: (address: string) => void
  readonly signal: AbortSignal
}

/** Time before a child that ended is started again; doubled each time, from the first to the last. */
const BACKOFF = { first: millis(100), last: millis(10_000) } as const
/** Time that a child must have run for the next wait to be the first again. */
const STEADY = millis(30_000)

/** Node options for a small heap: the process reads the head of a message, so 2 MB are enough. */
const SMALL_HEAP = [
  '--max-old-space-size=8',
  '--max-semi-space-size=1',
  '--single-threaded-gc',
  '--lite-mode',
]

const CHILD = fileURLToPath(new URL('./news-child.js', import.meta.url))

/**
 * Reports changes in the kernel, each kind at most once in 200 ms, and at once each link that was lost or is back, as
 * far as there are no more than 256 in that time. Otherwise a report carries no data; the listener
 * reads the kernel itself. The subscribed socket lives in a child process, because the kernel can overrun
 * it and that aborts the process. `resync` follows each start of the child: what changed before it is
 * unknown.
 */
export function watchKernel({ onChange, onLink, onSessionEnd, signal }: NewsListener): void {
  let wait: Millis = BACKOFF.first
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    const startedAt = performance.now()
    child = startChild(
      (line) => {
        if (signal.aborted) return
        const change = changeOf(line)
        const link = change === null ? readLinkLine(line) : null
        if (change !== null) onChange(change)
        if (link !== null) onLink(link)
        const ended = readEndLine(line)
        if (ended !== null) onSessionEnd(ended)
      },
      () => {
        if (signal.aborted) return
        if (performance.now() - startedAt > STEADY) wait = BACKOFF.first
        timer = setTimeout(start, wait)
        wait = millis(Math.min(wait * 2, BACKOFF.last))
      },
    )
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    child?.kill('SIGKILL')
  })
  if (!signal.aborted) start()
}

/** `onEnd` is called once, also where the child could not be started. */
function startChild(onLine: (line: string) => void, onEnd: () => void): ChildProcess {
  const child = spawn(process.execPath, [...SMALL_HEAP, CHILD], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
  })
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', onLine)
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    onEnd()
  }
  child.once('error', end).once('exit', end)
  return child
}

function changeOf(line: string): KernelChange | null {
  switch (line) {
    case 'listening':
      return 'resync'
    case 'links':
    case 'addresses':
    case 'sessions':
      return line
    default:
      return null
  }
}
