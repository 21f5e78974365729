import { formatCidr, formatIp, network, parseCidr, parseIp } from '../base/ip.js'

declare const brand: unique symbol
type Checked<Name extends string> = string & { readonly [brand]: Name }

/** A Linux interface name that FRR can also take as one word. */
export type Ifname = Checked<'Ifname'>
/** One FRR or alias word: letters, digits, `.`, `_`, `-`. Names of attachments, connections, lists. */
export type Word = Checked<'Word'>
/** One line of printable text without characters that a shell or vty interprets: descriptions, messages. */
export type Line = Checked<'Line'>
/** A canonical IPv4 or IPv6 address without prefix length. */
export type IpText = Checked<'IpText'>
/** A canonical `address/length`, host bits kept: an interface's address. */
export type InterfaceAddress = Checked<'InterfaceAddress'>
/** A canonical `network/length`, host bits clear. */
export type Prefix = Checked<'Prefix'>
/** Replaces a secret in plans, logs and comparisons; the agent's vault makes it. */
export type SecretDigest = Checked<'SecretDigest'>

/**
 * IFNAMSIZ is 16 with the closing NUL; the kernel refuses '/', ':' and blanks, `dev_valid_name()`.
 * Narrowed here to letters, digits, '.', '_' and '-', so that the name is one plain word for FRR too.
 */
export const IFNAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,14}$/

/** undefined if it is not one: at most 15 characters (IFNAMSIZ of linux/if.h, with its NUL). */
export function toIfname(text: string): Ifname | undefined {
  return IFNAME.test(text) ? (text as Ifname) : undefined
}

/** The name of a link that the kernel showed, for a step on that link. Not checked: the kernel has it already. */
export function kernelName(name: string): Ifname {
  return name as Ifname
}

/** 1-63 characters, first a letter or digit. */
export const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** undefined if it is not one. */
export function toWord(text: string): Word | undefined {
  return WORD.test(text) ? (text as Word) : undefined
}

/** Printable ASCII without `!`, `#`, `|`, `?` and backslash; no blank at either end, no double blank. */
export const LINE = /^(?! )(?: ?[\x22\x24-\x3e\x40-\x5b\x5d-\x7b\x7d\x7e])+$/

/** 1-`limit` characters of {@link LINE}. */
export function toLine(text: string, limit = 64): Line | undefined {
  return text.length <= limit && LINE.test(text) ? (text as Line) : undefined
}

/** The canonical spelling (RFC 5952 for IPv6); undefined if it is not an address. */
export function toIpText(text: string): IpText | undefined {
  const ip = parseIp(text)
  return ip === undefined ? undefined : (formatIp(ip) as IpText)
}

/** The canonical spelling of `ADDRESS/LENGTH`, with host bits; undefined if it is not one. */
export function toInterfaceAddress(text: string): InterfaceAddress | undefined {
  const cidr = parseCidr(text)
  return cidr === undefined ? undefined : (formatCidr(cidr) as InterfaceAddress)
}

/** undefined if it is not a prefix, or has host bits: such a prefix is a mistake. */
export function toPrefix(text: string): Prefix | undefined {
  const cidr = parseCidr(text)
  if (cidr === undefined || network(cidr).bits !== cidr.ip.bits) return undefined
  return formatCidr(cidr) as Prefix
}

/**
 * TCP MD5 takes 80 octets (TCP_MD5SIG_MAXKEYLEN), and FRR 8.4 and 10.3 take one word: a blank inside
 * is refused or ends the password early.
 */
export const PASSWORD = /^[\x21-\x7e]{1,80}$/

/** 16-64 lower-case hexadecimal digits, made by the vault. */
export function toSecretDigest(text: string): SecretDigest | undefined {
  return /^[0-9a-f]{16,64}$/.test(text) ? (text as SecretDigest) : undefined
}

/** The name of a session in faults, effects and witnesses; `vrf` is null for the default VRF. */
export function neighborSubject(address: string, vrf: string | null): string {
  return vrf === null ? `neighbor ${address}` : `neighbor ${address} vrf ${vrf}`
}

/** The name of the static routes to a prefix in faults and effects; `vrf` is null for the default VRF. */
export function routeSubject(prefix: string, vrf: string | null): string {
  return vrf === null ? `static route ${prefix}` : `static route ${prefix} vrf ${vrf}`
}
