import { attemptFault } from '../../core/base/attempt.js'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { millis } from '../../core/base/time.js'
import { revealSecret } from '../../core/frr/tree.js'
import type { SecretDigest } from '../../core/model/names.js'
import { systemClock } from '../host/clock.js'
import type { Reply } from './vty/reply-reader.js'
import type { Vty } from './vty/vty.js'

/** Where commands go: a daemon, a way to connect to it, and the secrets of the digests in the commands. */
export interface VtyTarget {
  readonly daemon: string
  readonly open: () => Promise<Vty>
  readonly reveal: (digest: SecretDigest) => string | undefined
}

/**
 * Commands sent before their replies are awaited: enough to keep the daemon busy, and few after a refusal. mgmtd of
 * FRR 10.3 loses commands that come while it commits one, so it gets one at a time.
 */
const WINDOW = 512

/**
 * FRR checks and commits the lists, maps and profiles between these two commands as one transaction of
 * its northbound interface. Without them it commits each line, at a cost that grows with all lines there are.
 */
const BATCH_START = 'XFRR_start_configuration'
const BATCH_END = 'XFRR_end_configuration'

/** How often, and after which pause, a line is sent again that mgmtd refuses because its configuration is locked. */
const LOCK_TRIES = 100
const LOCK_PAUSE = millis(50)

/** Characters of FRR's message in a fault. */
const MESSAGE_MAX = 400

/**
 * Sends configuration lines to a daemon; null: it accepted all of them. The fault is the first refusal,
 * with FRR's own message. Rejects with a FaultError where the connection fails.
 */
export async function sendCommands(
  target: VtyTarget,
  lines: readonly string[],
): Promise<Fault | null> {
  const invalid = lineFault(target, lines)
  if (invalid !== null) return invalid
  const batched = lines.some((line) =>
    /^(no )?(ip prefix-list|ipv6 prefix-list|route-map|bfd)\b/.test(line),
  )
  const vty = await openConfiguration(target, batched)
  const refused = await sendLines(target, vty, withoutCommits(lines))
  if (refused !== null) {
    await abandon(target, vty, batched)
    return refused
  }
  const ended = batched ? refusal(target.daemon, [BATCH_END], await vty.run([BATCH_END])) : null
  vty.close()
  return ended
}

async function sendLines(
  target: VtyTarget,
  vty: Vty,
  lines: readonly string[],
): Promise<Fault | null> {
  const size = target.daemon === 'mgmtd' ? 1 : WINDOW
  for (let at = 0; at < lines.length; at += size) {
    const window = lines.slice(at, at + size)
    const commands = window.map((line) => revealed(target, line) ?? '')
    const replies = await (size === 1 ? runUnlocked(vty, commands) : vty.run(commands))
    const refused = refusal(target.daemon, window, replies)
    if (refused !== null) return refused
  }
  return null
}

/** mgmtd unlocks its configuration only a moment after it has answered, or its last client has gone. */
async function runUnlocked(vty: Vty, commands: readonly string[]): Promise<readonly Reply[]> {
  for (let left = LOCK_TRIES; ; left--) {
    const replies = await vty.run(commands)
    const isLocked = replies.some(({ text }) => text.includes('could not lock'))
    if (!isLocked || left === 0) return replies
    await systemClock.sleep(LOCK_PAUSE)
  }
}

async function openConfiguration(target: VtyTarget, batched: boolean): Promise<Vty> {
  const vty = await target.open()
  const opening = ['enable', 'configure terminal', ...(batched ? [BATCH_START] : [])]
  const refused = refusal(target.daemon, opening, await vty.run(opening))
  if (refused === null) return vty
  vty.close()
  throw new FaultError(refused)
}

/**
 * Closes a connection after a refusal, because it is unknown in which configuration block it is. A batch
 * is ended on a new connection: until its end FRR holds back the End-of-RIB of sessions that come up, for
 * ten minutes at most.
 */
async function abandon(target: VtyTarget, vty: Vty, batched: boolean): Promise<void> {
  vty.close()
  if (!batched) return
  // A daemon that cannot be reached now has no batch any more, and the caller reports the refusal itself.
  await attemptFault(async () => {
    const fresh = await target.open()
    await fresh.run(['enable', 'configure terminal', BATCH_END])
    fresh.close()
  })
}

/**
 * Removes each `exit` before a `route-map` line. Leaving a route map makes FRR 8.4 commit at once, and the
 * next `route-map` line is accepted inside the map as well.
 */
function withoutCommits(lines: readonly string[]): string[] {
  const opens = /^route-map \S+ (permit|deny) \d+$/
  return lines.filter((line, i) => line !== 'exit' || !opens.test(lines[i + 1] ?? ''))
}

/**
 * Whether FRR 8.4 refuses a line that is already in effect: the graceful restart mode of a neighbour
 * (bgp_peer_gr_init of bgpd.c). Newer releases accept it, as all of them accept any other line twice.
 */
function isAlreadySet(line: string | undefined, { text }: Reply): boolean {
  const mode = /^neighbor \S+ graceful-restart(-helper|-disable)?$/
  return (
    mode.test(line ?? '') &&
    text.includes('Graceful Restart command used is not valid at this moment')
  )
}

/** The first refused line. FRR reports some refusals only by a `%` at the start of the text, not by the status. */
function refusal(
  daemon: string,
  lines: readonly string[],
  replies: readonly Reply[],
): Fault | null {
  const at = replies.findIndex(
    (reply, i) =>
      (reply.status !== 0 || reply.text.startsWith('%')) && !isAlreadySet(lines[i], reply),
  )
  const reply = replies[at]
  if (reply === undefined) return null
  const text = printable(reply.text)
  const reason = text === '' ? `status ${reply.status}` : text
  return fault('FRR_REFUSED', daemon, `\`${lines[at] ?? ''}\`: ${reason}`)
}

/** FRR's message on one line, up to where it repeats what was sent to it; passwords are cut out of it. */
function printable(text: string): string {
  const message = text.split('The following commands were')[0] ?? ''
  return message
    .replace(/ password .*/g, ' password (hidden)')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MESSAGE_MAX)
}

/** The line with its secret in place of the digest; undefined: the secret is unknown. */
function revealed(target: VtyTarget, line: string): string | undefined {
  return revealSecret(line, (digest) => target.reveal(digest as SecretDigest))
}

/**
 * Why none of the lines may be sent: the secret of one is unknown here, or is not one word, which FRR
 * would cut short; or a line has a control character, which no checked type allows.
 */
function lineFault(target: VtyTarget, lines: readonly string[]): Fault | null {
  for (const line of lines) {
    const neighbor = /^(neighbor \S+) password /.exec(line)?.[1]
    const at = neighbor ?? target.daemon
    const text = revealed(target, line)
    if (text === undefined) {
      const detail =
        'this process does not know the password; push it again, or store it on the router'
      return fault('SECRET_MISSING', at, detail)
    }
    if (neighbor !== undefined && !/^neighbor \S+ password [\x21-\x7e]{1,80}$/.test(text)) {
      const detail =
        'the password must be one word of 1-80 printable ASCII characters; FRR accepts no other'
      return fault('FRR_REFUSED', at, detail)
    }
    if (/[^\x20-\x7e]/.test(text)) return fault('BUG', at, 'a line has a control character')
  }
  return null
}
