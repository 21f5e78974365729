import { canonicalJson, type Json } from '../../../core/base/json.js'
import { MAC_AGEING, type HaveProtection, type Protection } from '../../../core/model/link.js'
import type { Items, Tables } from './listing.js'

/** The start of the names of demarc's tables; the name of the link follows. It is the mark of ownership. */
const PREFIX = 'demarc-'
const FAMILY = 'bridge'

/** Addresses of the far side that are known at a time: those of its hosts, however many it invents. */
const FAR_MAX = 65_536

const BROADCAST = 'ff:ff:ff:ff:ff:ff'
/** I/G: a frame to a group (IEEE 802). */
const GROUP_BIT = '01:00:00:00:00:00'
const NO_BITS = '00:00:00:00:00:00'

/**
 * Destinations of frames that switches send to each other. The destination of a frame comes before its VLAN tags,
 * so that tags hide none.
 */
const CONTROL_FRAMES = [
  // IEEE 802.1Q tables 8-1 to 8-3: spanning tree, flow control, LACP, 802.1X, provider bridges, LLDP.
  ['01:80:c2:00:00:00', '01:80:c2:00:00:0f'],
  // IEEE 802.1Q table 10-1: GMRP and GVRP, MMRP and MVRP.
  ['01:80:c2:00:00:20', '01:80:c2:00:00:2f'],
  // RFC 6325: TRILL; FabricPath uses one of them.
  ['01:80:c2:00:00:40', '01:80:c2:00:00:4f'],
  // Cisco: CDP, VTP, DTP, UDLD and PAgP; PVST+.
  ['01:00:0c:cc:cc:cc', '01:00:0c:cc:cc:cd'],
  // Cisco: spanning tree between bridges of VLANs; tunnelled layer 2 protocols.
  ['01:00:0c:cd:cd:cd', '01:00:0c:cd:cd:d0'],
] as const

/** The counters of a table, each of frames that were dropped. */
export const COUNTERS = [
  'macLimit',
  'controlFrames',
  'broadcast',
  'multicast',
  'unknownUnicast',
] as const satisfies readonly (keyof Protection)[]
type Counter = (typeof COUNTERS)[number]

/** The set of source addresses that the link has sent. */
export const NEAR = 'near'
const FAR = 'far'

export function tableName(link: string): string {
  return `${PREFIX}${link}`
}

/** undefined: the table is not one of demarc's. */
function linkOfTable(name: string): string | undefined {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined
}

/** Commands that put the limits of a link in force, or remove them (null), whatever was there; in one transaction. */
export function tableCommands(link: string, protection: Protection | null): Json {
  const table = { table: { family: FAMILY, name: tableName(link) } }
  const removal = [{ add: table }, { delete: table }]
  const items = protection === null ? [] : [table, ...itemsOf(link, protection)]
  return { nftables: [...removal, ...items.map((item) => ({ add: item }))] }
}

/** The limits that tables hold. `tables` is what nft listed, without the elements of sets. */
export function protectionsOf(tables: Tables): readonly HaveProtection[] {
  return [...tables].flatMap(([name, items]) => {
    const link = linkOfTable(name)
    return link === undefined ? [] : [{ link, protection: protectionOf(link, items) }]
  })
}

/** null: the table is not as demarc makes it. */
function protectionOf(link: string, items: Items): Protection | null {
  const candidate: Protection = {
    ...numbered('macLimit', sizeOfNear(items)),
    ...(items.counters.some(({ name }) => name === 'controlFrames') && { controlFrames: 'DROP' }),
    ...numbered('broadcast', rateOf(items, 'broadcast')),
    ...numbered('multicast', rateOf(items, 'multicast')),
    ...numbered('unknownUnicast', rateOf(items, 'unknownUnicast')),
  }
  const wanted = itemsOf(link, candidate)
  return canonical(wanted) === canonical(items.all) ? candidate : null
}

function numbered(key: keyof Protection, value: number | undefined): Protection {
  return value === undefined ? {} : { [key]: value }
}

function sizeOfNear({ sets }: Items): number | undefined {
  return sets.find(({ name }) => name === NEAR)?.size
}

function rateOf({ rules }: Items, counter: Counter): number | undefined {
  return rules.find((rule) => rule.counter === counter)?.rate
}

/** Order matters only among the rules of one chain. */
function canonical(items: readonly Json[]): string {
  const texts = items.map((item) => ({ place: placeOf(item), text: canonicalJson(item) }))
  return texts
    .toSorted((a, b) => (a.place === b.place ? 0 : a.place < b.place ? -1 : 1))
    .map(({ text }) => text)
    .join('\n')
}

/** Everything but a rule sorts by all that it says. */
function placeOf(item: Json): string {
  const { rule } = item as { readonly rule?: { readonly chain?: unknown } }
  return rule === undefined ? canonicalJson(item) : `rules of ${JSON.stringify(rule.chain)}`
}

/** Sets, counters, chains and rules. What the router itself sends in its bridge passes `output`, the rest `forward`. */
function itemsOf(link: string, protection: Protection): readonly Json[] {
  const { macLimit, unknownUnicast } = protection
  const own = { family: FAMILY, table: tableName(link) }
  const rule = (chain: string, ...expr: readonly Json[]): Json => ({
    rule: { ...own, chain, expr },
  })
  const base = (hook: string): Json => ({
    chain: { ...own, name: hook, type: 'filter', hook, prio: 0, policy: 'accept' },
  })
  const leaves = (hook: string) =>
    rule(hook, isLink('oifname', link), { jump: { target: 'leave' } })
  return [
    ...(macLimit === undefined ? [] : [addressSet(own, NEAR, macLimit)]),
    ...(unknownUnicast === undefined ? [] : [addressSet(own, FAR, FAR_MAX)]),
    ...COUNTERS.filter((name) => protection[name] !== undefined).map((name) => ({
      counter: { ...own, name },
    })),
    { chain: { ...own, name: 'leave' } },
    { chain: { ...own, name: 'storm' } },
    base('forward'),
    base('output'),
    leaves('forward'),
    leaves('output'),
    ...leaveRules(protection).map((expr) => rule('leave', ...expr)),
    ...stormRules(protection).map((expr) => rule('storm', ...expr)),
    ...(unknownUnicast === undefined
      ? []
      : [base('prerouting'), rule('prerouting', isLink('iifname', link), update(FAR))]),
  ]
}

type Rule = readonly Json[]

/** An address beyond the limit finds no place in the set, so that its rule does not match and the next one drops. */
function leaveRules({ controlFrames, macLimit }: Protection): readonly Rule[] {
  const control = controlFrames === undefined ? [] : CONTROL_FRAMES
  const storm = { goto: { target: 'storm' } }
  return [
    ...control.map((range) => [goesTo({ range }), ...dropAs('controlFrames')]),
    ...(macLimit === undefined ? [[storm]] : [[update(NEAR), storm], dropAs('macLimit')]),
  ]
}

function stormRules({ broadcast, multicast, unknownUnicast }: Protection): readonly Rule[] {
  const toAll = goesTo(BROADCAST)
  const over = (rate: number, counter: Counter) => [above(rate), ...dropAs(counter)]
  return [
    ...(broadcast === undefined ? [] : [[toAll, ...over(broadcast, 'broadcast')]]),
    [toAll, { return: null }],
    ...(multicast === undefined ? [] : [[goesToGroup('!='), ...over(multicast, 'multicast')]]),
    ...(unknownUnicast === undefined
      ? []
      : [[goesToGroup('=='), isUnknown(), ...over(unknownUnicast, 'unknownUnicast')]]),
  ]
}

const field = (name: string): Json => ({ payload: { protocol: 'ether', field: name } })

function goesTo(right: Json): Json {
  return { match: { op: '==', left: field('daddr'), right } }
}

function goesToGroup(op: string): Json {
  return { match: { op, left: { '&': [field('daddr'), GROUP_BIT] }, right: NO_BITS } }
}

function isUnknown(): Json {
  return { match: { op: '!=', left: field('daddr'), right: `@${FAR}` } }
}

function isLink(key: string, link: string): Json {
  return { match: { op: '==', left: { meta: { key } }, right: link } }
}

function update(set: string): Json {
  return { set: { op: 'update', elem: field('saddr'), set: `@${set}` } }
}

/** The rate may be exceeded for as many frames as come in a second. */
function above(rate: number): Json {
  return { limit: { rate, burst: rate, per: 'second', inv: true } }
}

function dropAs(counter: Counter): readonly Json[] {
  return [{ counter }, { drop: null }]
}

function addressSet(own: object, name: string, size: number): Json {
  return {
    set: { ...own, name, type: 'ether_addr', size, flags: ['timeout'], timeout: MAC_AGEING },
  }
}
