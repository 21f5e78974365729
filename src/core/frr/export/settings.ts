import { ok, refused, type Result } from '../../base/result.js'
import { seconds, type Seconds } from '../../base/time.js'
import type { BfdSession, BfdTimers } from '../../model/bgp.js'
import type { ExportedNeighbor } from '../../model/exported.js'
import { toIpText, toLine } from '../../model/names.js'
import { NEIGHBOR_ORDER } from '../diff/commands.js'
import { attachmentOf, DESCRIPTION_MARK } from '../names.js'
import type { Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'

/** The timers of a neighbour without timers of its own. */
export interface Defaults {
  readonly keepaliveInterval: Seconds
  readonly holdTime: Seconds
  readonly connectRetry: Seconds
}

/** FRR's profiles, `frr defaults …` (lib/defaults.c, bgpd/bgp_vty.c). */
const TRADITIONAL = defaultTimers(60, 180, 120)
const DATACENTER = defaultTimers(3, 9, 10)

function defaultTimers(
  keepaliveInterval: number,
  holdTime: number,
  connectRetry: number,
): Defaults {
  return {
    keepaliveInterval: seconds(keepaliveInterval),
    holdTime: seconds(holdTime),
    connectRetry: seconds(connectRetry),
  }
}

/** The defaults of FRR's profile, with the block's own `timers bgp` in their place. */
export function defaultsOf(datacenter: boolean, { foreign }: Block): Defaults {
  const profile = datacenter ? DATACENTER : TRADITIONAL
  const own = foreign
    .map((line) => /^timers bgp (\d+) (\d+)$/.exec(line))
    .find((match) => match !== null)
  if (own === undefined || own === null) return profile
  return defaultTimers(Number(own[1]), Number(own[2]), profile.connectRetry)
}

/** What is needed to read the settings of a neighbour outside its families. */
export interface SettingsContext {
  readonly defaults: Defaults
  /** The lines of each BFD profile, by name; undefined: bfdd does not answer. */
  readonly profiles: ReadonlyMap<string, readonly string[]> | undefined
  readonly helperByDefault: boolean
}

export type Settings = Omit<ExportedNeighbor, 'vrf' | 'lost' | 'ipv4Unicast' | 'ipv6Unicast'>

/** A value as far as it could be read, and why an intent cannot express the setting. */
interface Read<T> {
  readonly value: T
  readonly faults: readonly string[]
}

type Words = (slot: string) => string | undefined

const KNOWN: ReadonlySet<string> = new Set(NEIGHBOR_ORDER)

/** The settings of a neighbour outside its families; the faults are all that an intent cannot express. */
export function readNeighborSettings(
  neighbor: Neighbor,
  context: SettingsContext,
): Result<Settings, string> {
  const { address, statements } = neighbor
  const words: Words = (slot) => statements.get(slot)?.line.slice(`neighbor ${address} `.length)
  const ip = toIpText(address)
  const peerAs = readPeerAs(words)
  const localAs = readLocalAs(words)
  const source = readSource(words)
  const bfd = readBfd(words, context)
  const restart = readRestart(words, context)
  const described = readDescription(words)
  const shutdown = readShutdown(words)
  const unknown = [...statements.keys()]
    .filter((slot) => !KNOWN.has(slot))
    .map((slot) => inexpressible(slot.startsWith('no ') ? slot : (words(slot) ?? slot)))
  const parts = [peerAs, localAs, source, bfd, restart, described, shutdown]
  const faults = [...unknown, ...parts.flatMap((part) => part.faults)]
  if (ip === undefined || faults.length > 0) return refused(...faults)
  return ok({
    address: ip,
    peerAs: peerAs.value,
    localAs: localAs.value,
    ttlSecurity: readHops(words('ttl-security')),
    hasPassword: statements.has('password'),
    multihop: Number(words('ebgp-multihop')?.split(' ')[1] ?? 1),
    updateSource: source.value,
    bfd: bfd.value,
    gracefulRestart: restart.value,
    shutdown: shutdown.value,
    ...described.value,
    ...readTimers(words, context.defaults),
  })
}

function inexpressible(setting: string): string {
  return `it has \`${setting}\`, which an intent cannot express`
}

function good<T>(value: T): Read<T> {
  return { value, faults: [] }
}

function bad<T>(value: T, fault: string): Read<T> {
  return { value, faults: [fault] }
}

/** An intent's local AS hides the router's own; FRR can also show both. */
function readLocalAs(words: Words): Read<number | null> {
  const line = words('local-as')
  if (line === undefined) return good(null)
  const as = /^local-as (\d+) no-prepend replace-as$/.exec(line)?.[1]
  return as === undefined
    ? bad(null, `${inexpressible(line)} without \`no-prepend replace-as\``)
    : good(Number(as))
}

/** `ttl-security hops 1`. */
function readHops(line: string | undefined): number | null {
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

function readPeerAs(words: Words): Read<number> {
  const number = /^remote-as (\d+)$/.exec(words('remote-as') ?? '')?.[1]
  return number === undefined
    ? bad(0, 'its AS is not a number: give `remote-as` the number of the AS')
    : good(Number(number))
}

function readSource(words: Words): Read<Settings['updateSource']> {
  const source = words('update-source')?.slice('update-source '.length)
  if (source === undefined) return good(null)
  const ip = toIpText(source)
  return ip === undefined
    ? bad(
        null,
        `its update source is ${source}: set an address instead, because an intent has no interface here`,
      )
    : good(ip)
}

function readBfd(words: Words, context: SettingsContext): Read<BfdSession | null> {
  const timers = readBfdTimers(words, context)
  const strict = words('bfd strict')
  const faults =
    strict === undefined || strict === 'bfd strict'
      ? timers.faults
      : [...timers.faults, inexpressible(strict)]
  const value = timers.value && { ...timers.value, strict: strict !== undefined }
  return { value, faults }
}

/** A neighbour's own timers override those of a profile; without both it has FRR's defaults. */
function readBfdTimers(words: Words, { profiles }: SettingsContext): Read<BfdTimers | null> {
  const [bfd, profile] = [words('bfd'), words('bfd profile')?.slice('bfd profile '.length)]
  const own = ownTimers(bfd ?? '')
  if (own !== undefined) return good(own)
  if (profile === undefined) return good(bfd === undefined ? null : FRR_BFD)
  const timers = profileTimers(profiles?.get(profile))
  return timers === undefined
    ? bad(
        null,
        `its BFD profile ${profile} does not exist or has more than the three timers: create it, or remove its other settings`,
      )
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

/** A line for the mode that the block gives now would reset the session on FRR 10. */
function readRestart(
  words: Words,
  { helperByDefault }: SettingsContext,
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
            'it has the graceful restart mode of the whole block: set the mode for the neighbour itself',
          )
    default:
      return good('helper')
  }
}

/**
 * A description that an intent cannot have is lost. One with other than ASCII characters excludes the neighbour,
 * because a rollback could not enter it again.
 */
function readDescription(words: Words): Read<Pick<Settings, 'attachment' | 'description'>> {
  const text = words('description')?.slice('description '.length)
  if (text === undefined) return good({ attachment: null, description: null })
  if (!/^[\x20-\x7e]*$/.test(text)) {
    const why =
      'its description is not plain ASCII, and a rollback could not enter it again: change it'
    return bad({ attachment: null, description: null }, why)
  }
  const attachment = attachmentOf(text) ?? null
  if (attachment === null) return good({ attachment, description: toLine(text) ?? null })
  const rest = text.slice(`${DESCRIPTION_MARK}${attachment}: `.length)
  return good({ attachment, description: toLine(rest) ?? null })
}

/** The longest message of an intent, in octets (RFC 9003). */
const MESSAGE_LENGTH = 128

function readShutdown(words: Words): Read<Settings['shutdown']> {
  const shutdown = words('shutdown')
  if (shutdown === undefined) return good(null)
  if (shutdown === 'shutdown') return good({ message: null })
  const message = toLine(shutdown.slice('shutdown message '.length), MESSAGE_LENGTH)
  return shutdown.startsWith('shutdown message ') && message !== undefined
    ? good({ message })
    : bad(null, inexpressible(shutdown))
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
