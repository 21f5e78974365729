import type { ServerResponse } from 'node:http'
import { fault } from '../../core/base/fault.js'
import type { Journal } from '../store/journal.js'
import type { News } from '../store/records.js'
import { faultReply, type ApiReply } from './http.js'

/** Server-sent events (WHATWG HTML section 9.2) made of the journal. */
export interface EventStreams {
  /** From after this number, or from now on; of one router, or of all. */
  readonly open: (after: number | undefined, router?: string) => ApiReply
  readonly close: () => void
}

export interface EventStreamOptions {
  readonly journal: Journal
  /** Streams at once; more are refused. */
  readonly clients: number
  /** Octets a client may be behind before it is dropped: it comes back with Last-Event-ID. */
  readonly behind: number
  /** Milliseconds between comments that keep idle connections from being closed on the way. */
  readonly keepAlive: number
}

/** News read from the store at once while a client catches up. */
const PAGE = 200

/** Server-sent events of the journal (WHATWG HTML, 9.2); no client yet. */
export function createEventStreams(options: EventStreamOptions): EventStreams {
  const { journal } = options
  const clients = new Set<ServerResponse>()

  /** What was missed first, then what happens; a number is sent once. */
  async function run(
    response: ServerResponse,
    after: number | undefined,
    router: string | undefined,
  ): Promise<void> {
    const wanted = (news: News): boolean => router === undefined || news.router === router
    let sent = Math.min(after ?? journal.last(), journal.last())
    const catchUp = async (): Promise<void> => {
      while (isOpen(response) && sent < journal.last()) {
        const page = await journal.since(sent, PAGE)
        if (!isOpen(response)) return
        for (const news of page) {
          if (wanted(news)) response.write(eventText(news))
          sent = news.number
        }
        if (page.length === 0) sent = journal.last()
        await drained(response)
      }
    }
    const missed = after !== undefined && (after < journal.trimmed() || after > sent)
    if (missed) response.write(gapText(after, journal.trimmed()))
    let live = false
    const unlisten = journal.listen((news) => {
      if (!live || news.number <= sent || response.writableEnded) return
      sent = news.number
      if (wanted(news)) response.write(eventText(news))
      if (response.writableLength > options.behind) response.destroy()
    })
    const alive = setInterval(() => {
      if (live && !response.writableEnded) response.write(':\n\n')
    }, options.keepAlive)
    try {
      do await catchUp()
      while (isOpen(response) && sent < journal.last())
      live = true
      await closed(response)
    } finally {
      clearInterval(alive)
      unlisten()
    }
  }

  return {
    open(after, router) {
      if (clients.size >= options.clients) {
        return {
          ...faultReply([fault('PEER_LIMIT', 'stream', `${options.clients} streams are open`)]),
          status: 503,
        }
      }
      return {
        async stream(response) {
          clients.add(response)
          response.writeHead(200, {
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-store',
            'x-accel-buffering': 'no',
          })
          response.write(`retry: 2000\n\n`)
          try {
            await run(response, after, router)
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

/** JSON text holds no line break, so one `data` line is enough. */
function eventText({ number, type, ...rest }: News): string {
  return `id: ${number}\nevent: ${type}\ndata: ${JSON.stringify({ number, type, ...rest })}\n\n`
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed && !response.writableEnded
}

/**
 * Says that news is missing, because retention was faster than this client or because it comes from
 * another store: it should read the current state again.
 */
function gapText(after: number, trimmed: number): string {
  return `event: gap\ndata: ${JSON.stringify({ after, trimmed })}\n\n`
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
