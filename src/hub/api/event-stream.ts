import type { ServerResponse } from 'node:http'
import { fault } from '../../core/base/fault.js'
import type { Millis } from '../../core/base/time.js'
import type { Journal } from '../store/journal.js'
import type { JournalRecord } from '../store/records.js'
import { faultReply, UNAVAILABLE, type FaultReply, type StreamReply } from './reply.js'

/** Server-sent events (WHATWG HTML section 9.2) made of the journal. */
export interface EventStreams {
  /**
   * Streams the records after this number, or from now on where it is undefined; those of one router,
   * or of all where it is null.
   */
  readonly open: (after: number | undefined, router: string | null) => StreamReply | FaultReply
  /** Ends all streams. */
  readonly close: () => void
}

export interface EventStreamLimits {
  /** Streams at once; more are refused. */
  readonly streams: number
  /** Octets a client may be behind before it is dropped; it can reconnect with Last-Event-ID. */
  readonly behind: number
  /** Time between the comments that keep proxies from closing an idle connection. */
  readonly keepAlive: Millis
}

/** Records read from the store at once while a client catches up. */
const PAGE = 200

/** Streams of the journal; no client yet. */
export function createEventStreams(journal: Journal, limits: EventStreamLimits): EventStreams {
  const clients = new Set<ServerResponse>()
  return {
    open(after, router) {
      if (clients.size >= limits.streams) {
        const detail = `${limits.streams} streams are open; close one, or try again later`
        return faultReply([fault('PEER_LIMIT', 'stream', detail)], UNAVAILABLE)
      }
      return {
        async stream(response) {
          clients.add(response)
          try {
            writeHead(response)
            await follow({ journal, limits, router, response }, after)
          } finally {
            clients.delete(response)
          }
        },
      }
    },
    close() {
      for (const response of clients) response.end()
    },
  }
}

/** One client and what it gets. */
interface Client {
  readonly journal: Journal
  readonly limits: EventStreamLimits
  readonly router: string | null
  readonly response: ServerResponse
}

function writeHead(response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.write(`retry: 2000\n\n`)
}

/** Sends what the client missed, then what happens, each record once, until the client is gone. */
async function follow(client: Client, after: number | undefined): Promise<void> {
  const { journal, limits, response } = client
  const start = Math.min(after ?? journal.last(), journal.last())
  if (after !== undefined && (after < journal.trimmed() || after > start)) {
    response.write(gapText(after, journal.trimmed()))
  }
  let sent = start
  do sent = await catchUp(client, sent)
  while (isOpen(response) && sent < journal.last())
  // Nothing is awaited between this check and the listener, so that no record is missed.
  const unlisten = journal.listen((record) => {
    if (record.number <= sent || response.writableEnded) return
    writeRecord(client, record)
    if (response.writableLength > limits.behind) response.destroy()
  })
  const timer = setInterval(() => {
    if (!response.writableEnded) response.write(':\n\n')
  }, limits.keepAlive)
  try {
    await closed(response)
  } finally {
    clearInterval(timer)
    unlisten()
  }
}

/** Sends the stored records above `after`; the number of the last one, or of the last that was skipped. */
async function catchUp(client: Client, after: number): Promise<number> {
  const { journal, response } = client
  let sent = after
  while (isOpen(response) && sent < journal.last()) {
    const page = await journal.since(sent, PAGE)
    for (const record of page) writeRecord(client, record)
    sent = page.at(-1)?.number ?? journal.last()
    await drained(response)
  }
  return sent
}

function writeRecord({ response, router }: Client, record: JournalRecord): void {
  if (!isOpen(response)) return
  if (router === null || record.router === router) response.write(eventText(record))
}

/** JSON text holds no line break, so one `data` line is enough. */
function eventText({ number, type, ...rest }: JournalRecord): string {
  return `id: ${number}\nevent: ${type}\ndata: ${JSON.stringify({ number, type, ...rest })}\n\n`
}

/**
 * The event for a client that has missed records, because retention removed them or because its number
 * is from another store: it should read the current state again.
 */
function gapText(after: number, trimmed: number): string {
  return `event: gap\ndata: ${JSON.stringify({ after, trimmed })}\n\n`
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed && !response.writableEnded
}

async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.removeListener('drain', done)
      response.removeListener('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
}

async function closed(response: ServerResponse): Promise<void> {
  if (!isOpen(response)) return
  await new Promise<void>((resolve) => response.once('close', () => resolve()))
}
