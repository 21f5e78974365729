import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import type { SecretDigest } from '../../core/model/names.js'
import { revealSecret } from '../../core/frr/tree.js'
import type { Reply, Vty } from './vty.js'

/** What typing needs: a fresh conversation each time, and the secrets behind digests. */
export interface VtyTarget {
  readonly daemon: string
  readonly open: () => Promise<Vty>
  readonly reveal: (digest: SecretDigest) => string | undefined
}

/** Lines in flight at once: enough to keep the daemon busy, few enough to stop soon after a refusal. */
const WINDOW = 512

/**
 * Lists, maps and profiles are FRR's "northbound" configuration: between these two, FRR checks and
 * commits them as one transaction instead of one for each line, whose cost grows with all there is.
 */
const BATCH_START = 'XFRR_start_configuration'
const BATCH_END = 'XFRR_end_configuration'

/** Types the lines; the fault is the first refusal, in FRR's own words. */
export async function sendCommands(
  typist: VtyTarget,
  lines: readonly string[],
): Promise<Fault | null> {
  const secret = secretFault(typist, lines)
  if (secret !== null) return secret
  const batched = lines.some((line) => /^(no )?(ip|ipv6|route-map|bfd)\b/.test(line))
  const vty = await enter(typist, batched)
  const refused = await typeAll(typist, vty, withoutFlushes(lines))
  if (refused !== null) {
    await abandon(typist, vty, batched)
    return refused
  }
  const ended = batched ? refusal(typist.daemon, [BATCH_END], await vty.run([BATCH_END])) : null
  vty.close()
  return ended
}

async function typeAll(
  typist: VtyTarget,
  vty: Vty,
  lines: readonly string[],
): Promise<Fault | null> {
  for (let at = 0; at < lines.length; at += WINDOW) {
    const chunk = lines.slice(at, at + WINDOW)
    const replies = await vty.run(chunk.map((line) => typed(typist, line)))
    const refused = refusal(typist.daemon, chunk, replies)
    if (refused !== null) return refused
  }
  return null
}

async function enter(typist: VtyTarget, batched: boolean): Promise<Vty> {
  const vty = await typist.open()
  const opening = ['enable', 'configure terminal', ...(batched ? [BATCH_START] : [])]
  const refused = refusal(typist.daemon, opening, await vty.run(opening))
  if (refused === null) return vty
  vty.close()
  throw new FaultError(refused)
}

/**
 * Nobody knows which block a conversation with a refusal is in. A batch is ended from a new one:
 * until its end FRR holds back the End-of-RIB of sessions that come up, for ten minutes at most.
 */
async function abandon(typist: VtyTarget, vty: Vty, batched: boolean): Promise<void> {
  vty.close()
  if (!batched) return
  try {
    const fresh = await typist.open()
    await fresh.run(['enable', 'configure terminal', BATCH_END])
    fresh.close()
  } catch (error) {
    // The refusal itself is what has to be said; a daemon that left has no batch any more.
    if (!(error instanceof FaultError)) throw error
  }
}

/** Leaving a route map makes 8.4 commit at once; the next `route-map` line is taken inside it too. */
function withoutFlushes(lines: readonly string[]): string[] {
  const opens = /^route-map \S+ (permit|deny) \d+$/
  return lines.filter((line, i) => line !== 'exit' || !opens.test(lines[i + 1] ?? ''))
}

/**
 * FRR 8.4 refuses the graceful restart mode that a neighbour already has, where any other line may be
 * typed twice (bgpd.c bgp_peer_gr_init; newer ones take it). Nothing else makes it say so of these lines.
 */
function isAlreadySo(line: string | undefined, { text }: Reply): boolean {
  const mode = /^neighbor \S+ graceful-restart(-helper|-disable)?$/
  return (
    mode.test(line ?? '') &&
    text.includes('Graceful Restart command used is not valid at this moment')
  )
}

/** The first refused line. FRR does not always say so in the status: `%` in front says it too. */
function refusal(
  daemon: string,
  lines: readonly string[],
  replies: readonly Reply[],
): Fault | null {
  const at = replies.findIndex(
    (reply, i) =>
      (reply.status !== 0 || reply.text.startsWith('%')) && !isAlreadySo(lines[i], reply),
  )
  const reply = replies[at]
  if (reply === undefined) return null
  const words = printable(reply.text)
  const said = words === '' ? `status ${reply.status}` : words
  return fault('FRR_REFUSED', daemon, `\`${lines[at] ?? ''}\`: ${said}`)
}

/** FRR's words on one line, cut where they only repeat what was typed; it repeats passwords too. */
function printable(text: string): string {
  const cut = text.split('The following commands were')[0] ?? ''
  return cut
    .replace(/ password .*/g, ' password (hidden)')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 400)
}

/** The line as it goes to FRR, secret included; checked before by `secretFault`. */
function typed(typist: VtyTarget, line: string): string {
  return revealSecret(line, (digest) => typist.reveal(digest as SecretDigest)) ?? ''
}

/**
 * Nothing is typed while a secret is not known here or is not one word, which FRR would cut, nor a
 * line with a control character, which no checked type lets through.
 */
function secretFault(typist: VtyTarget, lines: readonly string[]): Fault | null {
  for (const line of lines) {
    const at = /^(neighbor \S+) password /.exec(line)?.[1]
    const text = revealSecret(line, (digest) => typist.reveal(digest as SecretDigest))
    if (text === undefined) {
      return fault(
        'SECRET_MISSING',
        at ?? typist.daemon,
        'the password is not known to this process',
      )
    }
    if (at !== undefined && !/^neighbor \S+ password [\x21-\x7e]{1,80}$/.test(text)) {
      return fault(
        'FRR_REFUSED',
        at,
        'the password is not one word of 1-80 printable ASCII characters, which is all FRR takes',
      )
    }
    if (/[^\x20-\x7e]/.test(text))
      return fault('BUG', at ?? typist.daemon, 'a line has a control character')
  }
  return null
}
