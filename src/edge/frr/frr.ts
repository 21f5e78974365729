import { setTimeout as sleep } from 'node:timers/promises'
import { fault, type Fault } from '../../core/base/fault.js'
import { concealSecrets, parseConfig } from '../../core/frr/tree.js'
import { parseVersion } from '../../core/frr/version.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrStep, FrrWaitStep, HaveFrr } from '../../core/model/plan.js'
import { sendCommands, type VtyTarget } from './configure.js'
import {
  asFault,
  conversations,
  faultOf,
  type Conversations,
  type Daemon,
} from './conversations.js'
import { readNeighbors, type FrrNeighbor } from './neighbors.js'
import { announcersOf } from './received.js'
import { saveConfig } from './save.js'
import { unknownToZebra } from './zebra.js'

/** FRR on this machine, through the sockets of its daemons. */
export interface Frr {
  /** Version and running configuration; a daemon that does not answer is a fault inside. */
  readonly read: () => Promise<HaveFrr>
  /** As `read`, without the configuration: megabytes where there are a thousand neighbours. */
  readonly pulse: () => Promise<FrrPulse>
  /** Types `step.lines`. A fault carries FRR's own words and the line; some lines may be live then. */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  /** Resolves once zebra knows the links and VRFs; a fault names those missing after so long without one more. */
  readonly wait: (step: FrrWaitStep, timeoutMs: number) => Promise<Fault | null>
  /** The sessions of demarc's own neighbours in all VRFs. Rejects with a FaultError. */
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  /** Who announces a prefix, of what bgpd lets in. Rejects with a FaultError. */
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
  /** Makes the running configuration the one FRR starts with. */
  readonly save: () => Promise<Fault | null>
  readonly close: () => void
}

export type FrrPulse = Pick<HaveFrr, 'version' | 'faults'>

export interface FrrOptions {
  /** Where the daemons' sockets are, `/run/frr` on Debian. */
  readonly runDir: string
  /** Turns a secret read from FRR into what stands for it in plans and logs. */
  readonly conceal: (secret: string) => SecretDigest
  /** Gives the secret back just before it is typed; undefined: not known here. */
  readonly reveal: (digest: SecretDigest) => string | undefined
  /** Longest silence of a daemon, ms. A transaction over thousands of lists takes bgpd seconds. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/** Between two looks at zebra, ms. */
const POLL_MS = 20

/** Conversations are opened when needed, kept, and opened anew after FRR restarted. */
export function openFrr(options: FrrOptions): Frr {
  const talk = conversations(options.runDir, options.timeoutMs ?? TIMEOUT_MS)
  const typist = (daemon: Daemon): VtyTarget => ({
    daemon,
    open: () => talk.open(daemon),
    reveal: options.reveal,
  })
  return {
    read: createReader(talk, options.conceal),
    pulse: () => readPulse(talk),
    apply: (step) => asFault(() => sendCommands(typist(step.daemon), step.lines)),
    wait: (step, timeoutMs) => asFault(() => waitForZebra(talk, step, timeoutMs)),
    async neighbors() {
      const [reply] = await talk.ask('bgpd', ['show bgp vrf all neighbors json'])
      return readNeighbors(reply?.text ?? '')
    },
    announcers: (vrf, prefix) => announcersOf(talk, vrf, prefix),
    save: () => saveConfig(talk),
    close: talk.close,
  }
}

/** While FRR says the same, the answer is the same object: what was made of it holds on. */
function createReader(talk: Conversations, conceal: FrrOptions['conceal']): Frr['read'] {
  let last: { readonly said: readonly Said[]; readonly have: HaveFrr } | undefined
  return async () => {
    const [bgpd, bfdd] = await Promise.all([
      listen(talk, 'bgpd', conceal),
      listen(talk, 'bfdd', conceal),
    ])
    const said = [bgpd, bfdd]
    if (last === undefined || !said.every((one, i) => sameSaid(one, last?.said[i]))) {
      last = { said, have: haveOf(bgpd, bfdd) }
    }
    return last.have
  }
}

/** A daemon's answer, secrets already concealed. */
interface Said {
  readonly version: string | null
  readonly config: string | null
  readonly faults: readonly Fault[]
}

async function listen(
  talk: Conversations,
  daemon: 'bgpd' | 'bfdd',
  conceal: FrrOptions['conceal'],
): Promise<Said> {
  try {
    const [version, config] = await talk.ask(daemon, ['show version', 'show running-config'])
    return {
      version: parseVersion(version?.text ?? ''),
      config: concealSecrets(config?.text ?? '', conceal),
      faults: [],
    }
  } catch (error) {
    return { version: null, config: null, faults: [faultOf(error)] }
  }
}

function sameSaid(a: Said, b: Said | undefined): boolean {
  return (
    a.version === b?.version &&
    a.config === b.config &&
    JSON.stringify(a.faults) === JSON.stringify(b.faults)
  )
}

function haveOf(bgpd: Said, bfdd: Said): HaveFrr {
  const tree = ({ config }: Said) => (config === null ? null : parseConfig(config))
  return {
    version: bgpd.version,
    bgpd: tree(bgpd),
    bfdd: tree(bfdd),
    faults: [...bgpd.faults, ...bfdd.faults],
  }
}

async function readPulse(talk: Conversations): Promise<FrrPulse> {
  const ask = async (daemon: 'bgpd' | 'bfdd') => {
    const [reply] = await talk.ask(daemon, ['show version'])
    return parseVersion(reply?.text ?? '')
  }
  const [bgpd, bfdd] = await Promise.allSettled([ask('bgpd'), ask('bfdd')])
  return {
    version: bgpd.status === 'fulfilled' ? bgpd.value : null,
    faults: [bgpd, bfdd].flatMap((one) => (one.status === 'rejected' ? [faultOf(one.reason)] : [])),
  }
}

async function waitForZebra(
  talk: Conversations,
  step: FrrWaitStep,
  timeoutMs: number,
): Promise<Fault | null> {
  let deadline = performance.now() + timeoutMs
  let fewest = Infinity
  for (;;) {
    const missing = await unknownToZebra(talk, step)
    if (missing.length === 0) return null
    if (missing.length < fewest) {
      fewest = missing.length
      deadline = performance.now() + timeoutMs
    }
    if (performance.now() > deadline) {
      const names = missing.slice(0, 5).join(', ')
      return fault(
        'FRR_UNAVAILABLE',
        'zebra',
        `zebra does not know ${names} after ${timeoutMs} ms without news (${missing.length} missing); ` +
          'if it has lost the kernel’s news, give it a larger buffer ("-s 90000000" in zebra_options of /etc/frr/daemons) and restart frr',
      )
    }
    await sleep(POLL_MS)
  }
}
