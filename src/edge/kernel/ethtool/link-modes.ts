import { fault, type Fault } from '../../../core/base/fault.js'
import type {
  HaveLink,
  HaveLinkModes,
  LinkModeAttempt,
  LinkModeSettings,
} from '../../../core/model/link.js'
import type { KernelStep } from '../../../core/model/plan.js'
import { errnoName } from '../netlink/errno.js'
import { KernelError } from '../netlink/socket.js'
import type { Ethtool, ReadModes } from './ethtool.js'

type ModesStep = Extract<KernelStep, { do: 'link-modes-set' }>

/** Link modes of ports, with what this process tried to set. */
export interface PortModes {
  /** The link with its modes. A link whose kind has none is returned as it is. */
  readonly of: (link: HaveLink, kind: string) => Promise<HaveLink>
  /** A refusal of the driver is kept for {@link of}; a fault only where there is no such port, or no permission. */
  readonly set: (step: ModesStep) => Promise<Fault | null>
  /** Why the port's newest attempt was refused; null: it was not. */
  readonly refusal: (port: string) => string | null
}

/** An attempt, and the port as it was seen first after it. */
interface Kept extends LinkModeAttempt {
  seen: Pick<HaveLink, 'index' | 'carrier'> | null
}

/** IFLA_INFO_KIND of links with a speed of their own: none for hardware; a port of a container is a veth, one of a virtual machine a tap. */
const KINDS: readonly string[] = ['', 'veth', 'tun']

const NOTHING: ReadModes = {
  speed: null,
  duplex: 'unknown',
  autoNegotiate: null,
  canAutoNegotiate: false,
}

/** What a driver refuses is not asked of it again until the port is another one, or its carrier has changed. */
export function portModes(tool: Pick<Ethtool, 'linkModes' | 'setLinkModes'>): PortModes {
  const attempts = new Map<string, Kept>()

  async function read(port: string): Promise<ReadModes | null> {
    try {
      return await tool.linkModes(port)
    } catch (error) {
      if (error instanceof KernelError) return null
      throw error
    }
  }

  /** Forgets an attempt on a port that has changed since. */
  function attemptOn({ name, index, carrier }: HaveLink): LinkModeAttempt | undefined {
    const kept = attempts.get(name)
    if (kept === undefined) return undefined
    kept.seen ??= { index, carrier }
    const isSame =
      kept.seen.index === index && (kept.refusal === null || kept.seen.carrier === carrier)
    if (isSame) return { settings: kept.settings, refusal: kept.refusal }
    attempts.delete(name)
    return undefined
  }

  return {
    async of(link, kind) {
      const attempt = attemptOn(link)
      const modes = KINDS.includes(kind) ? await read(link.name) : null
      if (modes === null && attempt === undefined) return link
      const known: HaveLinkModes = { ...(modes ?? NOTHING), ...(attempt && { attempt }) }
      return { ...link, modes: known }
    },
    async set({ link, to }) {
      const errno = await tool.setLinkModes(link, to)
      const name = errnoName(errno)
      if (name === 'EPERM' || name === 'ENODEV') return refused(link, name)
      const refusal = errno === 0 ? contradiction(to, await read(link)) : REASONS[name]
      attempts.set(link, {
        settings: to,
        refusal: refusal === undefined ? name : refusal,
        seen: null,
      })
      return null
    },
    refusal: (port) => attempts.get(port)?.refusal ?? null,
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EOPNOTSUPP: 'EOPNOTSUPP: its driver cannot set them',
  EINVAL: 'EINVAL: its driver or its module does not have these values',
}

function refused(port: string, errno: string): Fault {
  const why =
    errno === 'EPERM' ? 'not permitted; demarcd needs CAP_NET_ADMIN' : 'there is no such link'
  const text = `the kernel refused to set speed, duplex or auto-negotiation of ${port}: ${errno} (${why})`
  return fault('KERNEL_REFUSED', port, text)
}

/** What the driver shows otherwise although it accepted it; null: nothing, or it shows nothing. */
function contradiction(to: LinkModeSettings, modes: ReadModes | null): string | null {
  if (modes === null) return null
  const { autoNegotiate, speed, duplex } = modes
  const shown = [
    ['autoNegotiate', autoNegotiate],
    ['speed', speed],
    ['duplex', duplex === 'unknown' ? null : duplex],
  ] as const
  const found = shown.find(
    ([key, value]) => to[key] !== undefined && value !== null && value !== to[key],
  )
  return found === undefined
    ? null
    : `the driver accepted it, and still shows ${found[0]} ${found[1]}`
}
