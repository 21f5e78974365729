/** A daemon's reply: its text, and a status that is 0 for success (CMD_SUCCESS of lib/command.h). */
export interface Reply {
  readonly status: number
  readonly text: string
}

/** Three NULs end the text of a reply; one octet with the status follows (`vtysh_read()` of lib/vty.c). */
const END = Buffer.of(0, 0, 0)

/** Splits what a daemon sends into replies. */
export class ReplyReader {
  #chunks: Buffer[] = []
  #size = 0

  /** Octets that no reply has been made of yet. */
  get unread(): number {
    return this.#size
  }

  /** The replies that are complete with this chunk. */
  read(chunk: Buffer): readonly Reply[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    // A reply can only be complete at the end of the chunks, so the chunks of a long one are joined once.
    if (!endsReply(this.#chunks)) return []
    const { replies, rest } = split(Buffer.concat(this.#chunks))
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#size = rest.length
    return replies
  }
}

/** Whether the last octets can be the end of a reply: NUL, NUL, NUL, status. */
function endsReply(chunks: readonly Buffer[]): boolean {
  const last = chunks.at(-1)
  const tail =
    last !== undefined && last.length >= 4
      ? last.subarray(-4)
      : Buffer.concat(chunks.slice(-4)).subarray(-4)
  return tail.length === 4 && tail.subarray(0, 3).equals(END)
}

function split(bytes: Buffer): { replies: Reply[]; rest: Buffer } {
  const replies: Reply[] = []
  let from = 0
  for (;;) {
    const at = bytes.indexOf(END, from)
    if (at < 0 || at + 3 >= bytes.length) return { replies, rest: bytes.subarray(from) }
    replies.push({ status: bytes[at + 3] ?? 0, text: bytes.toString('utf8', from, at) })
    from = at + 4
  }
}
