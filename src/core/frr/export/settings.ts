import { ok, refused, type Result } from '../../base/result.js'
import type { BfdTimers } from '../../model/bgp.js'
import type { FoundNeighbor } from '../../model/found.js'
import { toIpText, toLine } from '../../model/names.js'
import { NEIGHBOR_ORDER } from '../diff/commands.js'
import { attachmentOf, DESCRIPTION_MARK } from '../names.js'
import type { Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'

/** What a neighbour has where it is silent. */
export interface Defaults {
  /** s. */
  readonly keepaliveInterval: number
  readonly holdTime: number
  readonly connectRetry: number
}

/** FRR's profiles, `frr defaults …` (lib/defaults.c, bgpd/bgp_vty.c). */
const TRADITIONAL: Defaults = { keepaliveInterval: 60, holdTime: 180, connectRetry: 120 }
const DATACENTER: Defaults = { keepaliveInterval: 3, holdTime: 9, connectRetry: 10 }

/** The profile's, with the block's own `timers bgp` in their place. */
export function defaultsOf(datacenter: boolean, { foreign }: Block): Defaults {
  const profile = datacenter ? DATACENTER : TRADITIONAL
  const said = foreign
    .map((line) => /^timers bgp (\d+) (\d+)$/.exec(line))
    .find((it) => it !== null)
  if (said === undefined || said === null) return profile
  return { ...profile, keepaliveInterval: Number(said[1]), holdTime: Number(said[2]) }
}

/** What the settings of a neighbour outside its families are read with. */
export interface SettingsAround {
  readonly defaults: Defaults
  /** BFD profiles by name; undefined: bfdd does not answer. */
  readonly profiles: ReadonlyMap<string, readonly string[]> | undefined
  readonly helperByDefault: boolean
}

export type Settings = Omit<FoundNeighbor, 'vrf' | 'lost' | 'ipv4Unicast' | 'ipv6Unicast'>

/** A value as far as it could be read, and why it is not the whole truth. */
interface Read<T> {
  readonly value: T
  readonly faults: readonly string[]
}

type Words = (slot: string) => string | undefined

const KNOWN: ReadonlySet<string> = new Set(NEIGHBOR_ORDER)

/** Everything that is said of a neighbour outside its families, or every reason against it. */
export function readNeighborSettings(
  neighbor: Neighbor,
  around: SettingsAround,
): Result<Settings, string> {
  const { address, statements } = neighbor
  const words: Words = (slot) => statements.get(slot)?.line.slice(`neighbor ${address} `.length)
  const ip = toIpText(address)
  const peerAs = readPeerAs(words)
  const source = readSource(words)
  const bfd = readBfd(words, around)
  const restart = readRestart(words, around)
  const described = readDescription(words)
  const shutdown = readShutdown(words)
  const strange = [...statements.keys()].filter((slot) => !KNOWN.has(slot)).map(unsayable)
  const parts = [peerAs, source, bfd, restart, described, shutdown]
  const faults = [...strange, ...parts.flatMap((part) => part.faults)]
  if (ip === undefined || faults.length > 0) return refused(...faults)
  return ok({
    address: ip,
    peerAs: peerAs.value,
    hasPassword: statements.has('password'),
    multihop: Number(words('ebgp-multihop')?.split(' ')[1] ?? 1),
    updateSource: source.value,
    bfd: bfd.value,
    gracefulRestart: restart.value,
    shutdown: shutdown.value,
    ...described.value,
    ...readTimers(words, around.defaults),
  })
}

function unsayable(setting: string): string {
  return `it says \`${setting}\`, which an intent cannot`
}

function good<T>(value: T): Read<T> {
  return { value, faults: [] }
}

function bad<T>(value: T, fault: string): Read<T> {
  return { value, faults: [fault] }
}

function readPeerAs(words: Words): Read<number> {
  const number = /^remote-as (\d+)$/.exec(words('remote-as') ?? '')?.[1]
  return number === undefined
    ? bad(0, 'its AS is not said as a number: type `remote-as` with one')
    : good(Number(number))
}

function readSource(words: Words): Read<Settings['updateSource']> {
  const source = words('update-source')?.slice('update-source '.length)
  if (source === undefined) return good(null)
  const ip = toIpText(source)
  return ip === undefined
    ? bad(null, `its update source is ${source}: an intent takes an address`)
    : good(ip)
}

/** Timers in the neighbour overrule those of a profile; without either it has FRR's. */
function readBfd(words: Words, { profiles }: SettingsAround): Read<BfdTimers | null> {
  const [said, profile] = [words('bfd'), words('bfd profile')?.slice('bfd profile '.length)]
  const own = ownTimers(said ?? '')
  if (own !== undefined) return good(own)
  if (profile === undefined) return good(said === undefined ? null : FRR_BFD)
  const timers = profileTimers(profiles?.get(profile))
  return timers === undefined
    ? bad(null, `its BFD profile ${profile} is not there or has more than the three timers`)
    : good(timers)
}

/** `bfd MULTIPLIER RECEIVE TRANSMIT` (bgpd/bgp_bfd.c). */
function ownTimers(words: string): BfdTimers | undefined {
  const match = /^bfd (\d+) (\d+) (\d+)$/.exec(words)
  if (match === null) return undefined
  return {
    detectionMultiplier: Number(match[1]),
    requiredMinimumReceive: Number(match[2]),
    desiredMinimumTxInterval: Number(match[3]),
  }
}

/** lib/bfd.h; ms and packets. */
const FRR_BFD: BfdTimers = {
  desiredMinimumTxInterval: 300,
  requiredMinimumReceive: 300,
  detectionMultiplier: 3,
}

const PROFILE_KEYS = {
  'detect-multiplier': 'detectionMultiplier',
  'transmit-interval': 'desiredMinimumTxInterval',
  'receive-interval': 'requiredMinimumReceive',
} as const

function profileTimers(lines: readonly string[] | undefined): BfdTimers | undefined {
  if (lines === undefined) return undefined
  let timers = FRR_BFD
  for (const line of lines) {
    const key = (Object.keys(PROFILE_KEYS) as (keyof typeof PROFILE_KEYS)[]).find((name) =>
      new RegExp(`^${name} \\d+$`).test(line),
    )
    if (key === undefined) return undefined
    timers = { ...timers, [PROFILE_KEYS[key]]: Number(line.slice(key.length)) }
  }
  return timers
}

/** Saying a mode that the block gave until now would reset the session on FRR 10. */
function readRestart(
  words: Words,
  { helperByDefault }: SettingsAround,
): Read<Settings['gracefulRestart']> {
  switch (words('graceful-restart')) {
    case 'graceful-restart':
      return good('restarter')
    case 'graceful-restart-disable':
      return good('disabled')
    case undefined:
      return helperByDefault
        ? good('helper')
        : bad(
            'helper',
            'its part in graceful restart is that of the whole block: type it for the neighbour',
          )
    default:
      return good('helper')
  }
}

/** A description that an intent cannot have is lost, and one that FRR could not be given back stays. */
function readDescription(words: Words): Read<Pick<Settings, 'attachment' | 'description'>> {
  const text = words('description')?.slice('description '.length)
  if (text === undefined) return good({ attachment: null, description: null })
  if (!/^[\x20-\x7e]*$/.test(text)) {
    const why = 'its description is not plain ASCII, which could not be typed back: change it'
    return bad({ attachment: null, description: null }, why)
  }
  const attachment = attachmentOf(text) ?? null
  if (attachment === null) return good({ attachment, description: toLine(text) ?? null })
  const rest = text.slice(`${DESCRIPTION_MARK}${attachment}: `.length)
  return good({ attachment, description: toLine(rest) ?? null })
}

/** Longest message an intent has (RFC 9003). */
const MESSAGE_LENGTH = 128

function readShutdown(words: Words): Read<Settings['shutdown']> {
  const said = words('shutdown')
  if (said === undefined) return good(null)
  if (said === 'shutdown') return good({ message: null })
  const message = toLine(said.slice('shutdown message '.length), MESSAGE_LENGTH)
  return said.startsWith('shutdown message ') && message !== undefined
    ? good({ message })
    : bad(null, unsayable(said))
}

function readTimers(
  words: Words,
  defaults: Defaults,
): Pick<Settings, 'keepaliveInterval' | 'holdTime' | 'connectRetry'> {
  const [, keepalive, hold] = words('timers')?.split(' ') ?? []
  const connect = words('timers connect')?.split(' ')[2]
  return {
    keepaliveInterval: Number(keepalive ?? defaults.keepaliveInterval),
    holdTime: Number(hold ?? defaults.holdTime),
    connectRetry: Number(connect ?? defaults.connectRetry),
  }
}
