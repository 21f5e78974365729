import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What changed: links, addresses, or anything at all while nobody was listening. */
export type KernelChange = 'links' | 'addresses' | 'resync'

/** A line of the child's. */
export type Heard = 'listening' | 'links' | 'addresses'

/** Who wants to hear of changes, and until when. */
export interface NewsListener {
  readonly onChange: (change: KernelChange) => void
  readonly signal: AbortSignal
}

/** ms before a child that died is started again: doubled each time, from the first to the last. */
const BACKOFF = { first: 100, last: 10_000 } as const
/** ms a child must have lived for the next wait to be the first again. */
const STEADY = 30_000

/** Two megabytes of heap do for a process that reads the type of a message; more only lies idle. */
const FRUGAL = [
  '--max-old-space-size=8',
  '--max-semi-space-size=1',
  '--single-threaded-gc',
  '--lite-mode',
]

const CHILD = fileURLToPath(new URL('./news-child.js', import.meta.url))

/**
 * Tells of changes, of each kind at most once in 200 ms: a hint to look again, never data. The
 * subscribed socket lives in a child process, because the kernel can overrun it and that aborts the
 * process. After each start of the child comes `resync`: what happened before was not heard.
 */
export function watchKernel({ onChange, signal }: NewsListener): void {
  let wait: number = BACKOFF.first
  let child: ChildProcess | null = null
  let timer: NodeJS.Timeout | undefined

  function start(): void {
    const born = performance.now()
    const started = spawn(process.execPath, [...FRUGAL, CHILD], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {},
    })
    child = started
    started.stdin.on('error', () => undefined)
    createInterface({ input: started.stdout }).on('line', (line) => {
      const change = changeOf(line)
      if (change !== null && !signal.aborted) onChange(change)
    })
    let over = false
    const restart = () => {
      if (over || signal.aborted) return
      over = true
      if (performance.now() - born > STEADY) wait = BACKOFF.first
      timer = setTimeout(start, wait)
      wait = Math.min(wait * 2, BACKOFF.last)
    }
    started.once('error', restart).once('exit', restart)
  }

  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    child?.kill('SIGKILL')
  })
  if (!signal.aborted) start()
}

function changeOf(line: string): KernelChange | null {
  switch (line) {
    case 'listening':
      return 'resync'
    case 'links':
    case 'addresses':
      return line
    default:
      return null
  }
}
