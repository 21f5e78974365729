import type { Millis, Seconds } from '../base/time.js'

/** A probe of a push as this router runs it. */
export type AskedProbe = {
  /** The name of its witness: `ping 10.0.0.1 from net-a`. */
  readonly subject: string
  readonly required: boolean
} & (
  | { readonly kind: 'ping'; readonly address: string; readonly link: string }
  | {
      readonly kind: 'prefix'
      /** Canonical, without host bits. */
      readonly prefix: string
      readonly neighbor: string
      readonly vrf: string | null
    }
)

/** An address that an attachment probes again and again. */
export interface ProbeTarget {
  /** The name of the attachment. */
  readonly attachment: string
  /** Canonical. */
  readonly address: string
  readonly kind: 'neighbor' | 'host'
  readonly vrf: string | null
  /**
   * The own address from which requests are sent; null: the target is in a subnet of the attachment, so that the
   * kernel takes the address of that subnet.
   */
  readonly source: string | null
  readonly interval: Seconds
  /** Octets of a full-size IP packet, the MTU of the attachment; null: only small ones are sent. */
  readonly fullSize: number | null
}

/** The name of the witness that a target is: the same as that of a push's ping. */
export function probeSubject({
  address,
  attachment,
}: Pick<ProbeTarget, 'address' | 'attachment'>): string {
  return `ping ${address} from ${attachment}`
}

/** What is known of targets that are probed. */
export interface ProberReading {
  readonly targets: readonly ProbedTarget[]
  /** Why not all of them are probed; null: they are. */
  readonly fault: string | null
}

/** One target and what its echo requests came to. */
export interface ProbedTarget extends Measured {
  readonly target: ProbeTarget
  /** ms, of the answers of the last 60 s; null: none came. */
  readonly roundTripTime: RoundTripTime | null
  /** null: full-size packets are not sent. */
  readonly fullSize: Measured | null
}

export interface RoundTripTime {
  readonly min: number
  readonly avg: number
  readonly max: number
}

/** What echo requests of one size came to. */
export interface Measured {
  /**
   * `silent`: it answered, and no longer does; `never-answered`: not since it is probed; `unknown`: there are no
   * results, or only old ones.
   */
  readonly state: 'answers' | 'silent' | 'never-answered' | 'unknown'
  /** Monotonic instant of the last answer; null: none came. */
  readonly lastAnswerAt: Millis | null
  /** The same by the wall clock, ISO 8601 UTC. */
  readonly lastAnswered: string | null
  /** How long the requests have had no answer since the last one, or the first request. */
  readonly silentFor: Millis
  readonly loss10: Loss
  readonly loss60: Loss
}

/** Requests whose answer came or is overdue. */
export interface Loss {
  readonly sent: number
  readonly lost: number
}
