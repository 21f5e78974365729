import * as z from 'zod'
import { parseCidr, parseIp } from '../base/ip.js'
import { type Community, toCommunity } from '../model/bgp.js'
import { IFNAME, type Ifname, LINE, type Line, toPrefix, WORD, type Word } from '../model/names.js'

/** Longest IPv6 address in text (RFC 4291 section 2.2, with an embedded dotted quad) and `/128`. */
const ADDRESS_LENGTH = 49

/**
 * A whole number. `allowed` completes "must be …", so it names range and unit; it is also the
 * description in the JSON Schema.
 */
export function whole(min: number, max: number, allowed: string) {
  return z.int({ error: allowed }).min(min, allowed).max(max, allowed).describe(allowed)
}

/** A key that may be left out and then means `value`. An annotation only: nothing is filled in. */
export function absent<T extends z.ZodType>(schema: T, value: number | string | boolean) {
  return schema.meta({ default: value }).exactOptional()
}

/** A boolean; `description` is for the JSON Schema. */
export function flag(description: string) {
  return z.boolean({ error: 'true or false' }).describe(description)
}

/** One of these words; `description` is for the JSON Schema. */
export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  description: string,
) {
  const words = `one of ${values.map((value) => `"${value}"`).join(', ')}`
  return z.enum(values, { error: words }).describe(description)
}

/** Text of a checked type, which the kernel and FRR can be given as it is. */
function text<T extends string>(pattern: RegExp, maxLength: number, allowed: string) {
  return z
    .custom<T>(
      (value) => typeof value === 'string' && value.length <= maxLength && pattern.test(value),
      { error: allowed },
    )
    .meta({ type: 'string', pattern: pattern.source, maxLength, description: allowed })
}

/** Text that only a function can check; the JSON Schema has only its length. */
function readable(accepts: (value: string) => boolean, allowed: string) {
  return z
    .string({ error: allowed })
    .max(ADDRESS_LENGTH, allowed)
    .refine((value) => value.length > ADDRESS_LENGTH || accepts(value), allowed)
    .describe(allowed)
}

/** A name that the kernel takes (IFNAMSIZ of linux/if.h); `what` begins the fault. */
export const interfaceName = (what: string) =>
  text<Ifname>(
    IFNAME,
    15,
    `${what}: 1-15 characters, letters, digits, ".", "_", "-", the first a letter, digit or "_"`,
  )

/** A name of the intent's own, or of a secret; `what` begins the fault. */
export const wordOf = (what: string) =>
  text<Word>(
    WORD,
    63,
    `${what}: 1-63 characters, letters, digits, ".", "_", "-", the first a letter or digit`,
  )

/** The id of a rule of a provider's profile; `what` begins the fault. */
export const ruleId = (what: string) =>
  text<string>(/^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/, 100, what)

/** Text that FRR and the kernel keep as it is; `maxLength` in characters. */
export const line = (what: string, maxLength: number) =>
  text<Line>(
    LINE,
    maxLength,
    `${what}: 1-${maxLength} printable ASCII characters, single blanks between words, none of ! # | ? \\`,
  )

/** IEEE 802 address in lower case; the multicast bit is checked with the rest of the bundle. */
export const macAddress = (what: string) =>
  text<string>(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/, 17, `${what}, such as "02:00:00:00:00:01"`)

/** Such as a BGP identifier, which is written like one (RFC 6286). */
export const ipv4Address = (what: string) =>
  readable(
    (value) => parseIp(value)?.family === 4,
    `${what}: an IPv4 address such as "10.255.0.1"`,
  ).meta({ format: 'ipv4' })

/** Of either family; `what` begins the fault. */
export const ipAddress = (what: string) =>
  readable(
    (value) => parseIp(value) !== undefined,
    `${what}: an IPv4 or IPv6 address without prefix length`,
  )

/** Of either family; host bits are kept, as an interface has them. */
export const interfaceAddress = (what: string) =>
  readable(
    (value) => parseCidr(value) !== undefined,
    `${what}: an address with prefix length such as "10.0.0.2/30"`,
  )

/** Of either family, without host bits. */
export const prefix = (what: string) =>
  readable(
    (value) => toPrefix(value) !== undefined,
    `${what}: a prefix without host bits such as "10.64.0.0/16"`,
  )

/** Longest rule: a prefix, ` ge 128` and ` le 128`. */
const RULE_LENGTH = ADDRESS_LENGTH + 14
const RULE = /^[0-9a-fA-F:.]+\/\d{1,3}( ge \d{1,3})?( le \d{1,3})?$/

export const prefixRule = text<string>(
  RULE,
  RULE_LENGTH,
  'a prefix rule: "PREFIX", "PREFIX ge N", "PREFIX le N" or "PREFIX ge N le N"',
)

/** An AS number or a range of them. */
export const asRange = text<string>(
  /^(0|[1-9]\d{0,9})(-(0|[1-9]\d{0,9}))?$/,
  21,
  'an AS number or a range of them: "64512" or "64512-65534"',
)

const COMMUNITY_SAYS =
  'a community: "ASN:VALUE", "ASN:VALUE:VALUE", or a well-known one by name: no-export, ' +
  'no-advertise, local-AS, no-peer, graceful-shutdown, blackhole'

export const community = z
  .custom<Community>(
    (value) => typeof value === 'string' && value.length <= 32 && toCommunity(value) !== undefined,
    { error: COMMUNITY_SAYS },
  )
  .meta({ type: 'string', maxLength: 32, description: COMMUNITY_SAYS })
