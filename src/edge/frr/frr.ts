import { attempt } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrStep, FrrWaitStep, HaveFrr } from '../../core/model/plan.js'
import { sendCommands } from './configure.js'
import { daemonConnections } from './connections.js'
import { readNeighbors, type FrrNeighbor } from './neighbors.js'
import { createConfigReader, readPulse, type FrrPulse } from './read.js'
import { announcersOf } from './received.js'
import { saveConfig } from './save.js'
import { waitForZebra } from './zebra.js'

/** FRR on this router, through the vty sockets of its daemons. */
export interface Frr {
  /** Version and running configuration. A daemon that does not answer is a fault in the value. */
  readonly read: () => Promise<HaveFrr>
  /** As `read`, without the configuration, which takes megabytes with a thousand neighbours. */
  readonly pulse: () => Promise<FrrPulse>
  /**
   * Runs `step.lines`; null: done. The fault quotes FRR's own message and the refused line; the lines
   * before it may be in effect.
   */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  /**
   * Waits until zebra knows the links and VRFs; null: it does. The fault names those that are missing
   * when zebra has not learned of another one for `timeout`.
   */
  readonly wait: (step: FrrWaitStep, timeout: Millis) => Promise<Fault | null>
  /** The neighbours of all VRFs. Rejects with a FaultError. */
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  /** Addresses of the neighbours from which bgpd accepted the prefix. Rejects with a FaultError. */
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
  /** Writes the running configuration to the file that FRR starts with; null: done. */
  readonly save: () => Promise<Fault | null>
  readonly close: () => void
}

export interface FrrOptions {
  /** Directory of the daemons' sockets, `/run/frr` on Debian. */
  readonly runDir: string
  /** Gives the digest that stands for a secret in plans and logs. */
  readonly conceal: (secret: string) => SecretDigest
  /** Gives the secret of a digest just before it is sent; undefined: this process does not know it. */
  readonly reveal: (digest: SecretDigest) => string | undefined
  /** Time that a daemon may take for an answer, 30 s without it. bgpd takes seconds to commit thousands of lists. */
  readonly timeout?: Millis
}

const TIMEOUT = millis(30_000)

/** Opens connections when they are needed, and new ones after FRR restarted. */
export function openFrr(options: FrrOptions): Frr {
  const { conceal, reveal } = options
  const connections = daemonConnections(options.runDir, options.timeout ?? TIMEOUT)
  return {
    read: createConfigReader(connections, conceal),
    pulse: () => readPulse(connections),
    apply({ daemon, lines }) {
      const target = { daemon, open: () => connections.open(daemon), reveal }
      return faultOf(() => sendCommands(target, lines))
    },
    wait: (step, timeout) => faultOf(() => waitForZebra(connections, step, timeout)),
    async neighbors() {
      const [reply] = await connections.ask('bgpd', ['show bgp vrf all neighbors json'])
      return readNeighbors(reply?.text ?? '')
    },
    announcers: (vrf, prefix) => announcersOf(connections, vrf, prefix),
    save: () => saveConfig(connections),
    close: connections.close,
  }
}

/** A rejection with a FaultError as a value. */
async function faultOf(task: () => Promise<Fault | null>): Promise<Fault | null> {
  const done = await attempt(task)
  return done.ok ? done.value : (done.faults[0] ?? null)
}
