import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** An Ethernet frame with a payload that nothing answers. */
export interface Frame {
  /** `aa:bb:cc:dd:ee:ff`. */
  readonly to: string
  readonly from: string
  /** VLAN tags from the outside, such as `88a8 0064`. */
  readonly tags?: readonly string[]
  readonly mark?: string
}

export const BROADCAST = 'ff:ff:ff:ff:ff:ff'

/** Experimental type of IEEE 802, so that no protocol takes the frames. */
const TYPE = '88b5'
const OCTETS = 60

/** Address number `n` of a host. */
export function hostMac(n: number): string {
  return `02:00:00:00:${hex(n >> 8)}:${hex(n & 255)}`
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0')
}

function digits({ to, from, tags = [], mark = '' }: Frame): string {
  const text = [to, from, ...tags].join('').replaceAll(/[: ]/g, '')
  return `${text}${TYPE}${Buffer.from(mark).toString('hex')}`.padEnd(2 * OCTETS, '0')
}

/** Frames of which one must arrive: a port that has just come up may take none yet. */
const TRIES = 20

/** Sends broadcast frames of this host until one has arrived, so that what is between knows where it is. */
export function sendUntilKnown(sender: string, receiver: string, from: string): void {
  for (let left = TRIES; left > 0; left--) {
    if (passing(sender, receiver, [{ to: BROADCAST, from }]).length > 0) return
  }
  throw new Error(`none of ${TRIES} frames of ${from} has arrived`)
}

/**
 * Sends the frames on one interface, or `NETNS/NAME`, and says which of them arrive at another one, unchanged with
 * their tags and in their order. Frames of others that arrive are left out.
 */
export function passing(
  sender: string,
  receiver: string,
  frames: readonly Frame[],
): readonly Frame[] {
  const script = join('test', 'support', 'kernel', 'frames.py')
  const input = frames.map(digits).join('\n')
  const run = spawnSync('python3', [script, sender, receiver], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (run.status !== 0) throw new Error(run.stderr)
  const left = new Map<string, number>()
  for (const line of run.stdout.split('\n')) left.set(line, (left.get(line) ?? 0) + 1)
  return frames.filter((frame) => {
    const text = digits(frame)
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count > 0
  })
}
