import { execFile } from 'node:child_process'
import { millis, seconds, toMillis } from '../../../core/base/time.js'

/** What iputils' ping is asked to send. The types of all members have been checked, and no shell is involved. */
export interface EchoRequest {
  readonly address: string
  /** The interface that the packets leave by. */
  readonly link: string
  /** The own address they come from; null: the one that the kernel chooses. */
  readonly from: string | null
  /** 1-10. */
  readonly count: number
  /** Octets of the whole IP packet, which may not be fragmented; null: 84 octets over IPv4, 104 over IPv6. */
  readonly size: number | null
}

export interface EchoAnswer {
  readonly sent: number
  readonly received: number
  /** Milliseconds, the mean; null: none came back. */
  readonly roundTrip: number | null
}

/** Time that the last answer may take. */
const WAIT = seconds(1)
/** Seconds between two requests; less than 0.2 is for root alone. */
const INTERVAL = 0.2
/** Time beyond that after which the program itself is killed. */
const GRACE = millis(2000)
/** Octets of its output that are read. */
const OUTPUT_MAX = 64 * 1024

/** Sends ICMP echo requests and counts the answers. null: the program is missing, or does not say it. */
export function echo(request: EchoRequest): Promise<EchoAnswer | null> {
  const timeout = toMillis(WAIT) + request.count * INTERVAL * 1000 + GRACE
  const env = { ...process.env, LC_ALL: 'C' }
  return new Promise((resolve) => {
    execFile('ping', words(request), { timeout, env, maxBuffer: OUTPUT_MAX }, (_error, stdout) =>
      resolve(readAnswer(stdout)),
    )
  })
}

function words({ address, link, from, count, size }: EchoRequest): readonly string[] {
  return [
    ...['-n', '-c', String(count), '-i', String(INTERVAL), '-W', String(WAIT), '-I', link],
    ...(from === null ? [] : ['-I', from]),
    ...(size === null ? [] : ['-M', 'do', '-s', String(size - overhead(address))]),
    ...['--', address],
  ]
}

/** Octets of the headers of IP and ICMP. */
function overhead(address: string): number {
  return (address.includes(':') ? 40 : 20) + 8
}

/** Reads the summary of iputils' ping. A size that the kernel refuses counts as sent. */
function readAnswer(stdout: string): EchoAnswer | null {
  const counts = /(\d{1,9}) packets transmitted, (\d{1,9}) received/.exec(stdout)
  if (counts === null) return null
  const mean = /= [\d.]{1,12}\/([\d.]{1,12})\//.exec(stdout)?.[1]
  return {
    sent: Number(counts[1]),
    received: Number(counts[2]),
    roundTrip: mean === undefined ? null : Number(mean),
  }
}
