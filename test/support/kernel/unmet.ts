import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import { ALIAS_MARK } from '../../../src/core/model/link.js'

/** What of the want is not there, and what of ours is there beyond it; written apart from the planner. */
export function unmet(want: readonly WantLink[], have: readonly HaveLink[]): readonly string[] {
  const links = new Map(have.map((link) => [link.name, link]))
  const wanted = new Map<string, WantLink>(want.map((link) => [link.name, link]))
  const lacking = want.flatMap((link) => {
    const is = links.get(link.name)
    return is === undefined ? [`${link.name} is missing`] : differences(link, is)
  })
  return [...lacking, ...have.flatMap((link) => leftovers(link, wanted.get(link.name)))]
}

function differences(want: WantLink, is: HaveLink): readonly string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['detail', want.alias === null ? null : want.detail, want.alias === null ? null : is.detail],
    ['alias', want.alias, want.alias === null ? null : is.alias],
    ['mtu', want.mtu, want.mtu === null ? null : is.mtu],
    ['up', want.up, is.up],
    ['master', want.master, is.master],
    ['sysctl', want.sysctl, saidOf(want.sysctl, is.sysctl)],
  ]
  const held = new Set<string>(is.addresses.map(({ address }) => address))
  return [
    ...pairs
      .filter(([, should, found]) => sorted(should) !== sorted(found))
      .map(
        ([key, should, found]) => `${want.name} ${key} is ${sorted(found)}, not ${sorted(should)}`,
      ),
    ...unmetModes(want, is),
    ...want.addresses
      .filter((address) => !held.has(address))
      .map((address) => `${want.name} lacks ${address}`),
  ]
}

/** Link modes that a driver refused are no fault of demarc's. */
function unmetModes({ name, modes = {} }: WantLink, is: HaveLink): readonly string[] {
  if (typeof is.modes?.attempt?.refusal === 'string') return []
  const shown = new Map<string, unknown>(Object.entries(is.modes ?? {}))
  const accepted = new Map<string, unknown>(Object.entries(is.modes?.attempt?.settings ?? {}))
  const isHidden = (key: string) => [null, 'unknown'].some((value) => value === shown.get(key))
  return Object.entries(modes)
    .filter(([key, value]) => value !== (isHidden(key) ? accepted : shown).get(key))
    .map(([key, value]) => `${name} ${key} is ${String(shown.get(key))}, not ${String(value)}`)
}

/** What a want says nothing of counts as it is wanted. */
function saidOf(want: WantLink['sysctl'], is: HaveLink['sysctl']): WantLink['sysctl'] {
  if (want === null) return null
  return want.forwarding6 === null ? { ...is, forwarding6: null } : is
}

function leftovers(is: HaveLink, want: WantLink | undefined): readonly string[] {
  const addresses = new Set<string>(want?.addresses)
  const made = is.alias?.startsWith(ALIAS_MARK) === true && want === undefined
  return [
    ...(made ? [`${is.name} is left over`] : []),
    ...is.addresses
      .filter(({ address, owned }) => owned && !addresses.has(address))
      .map(({ address }) => `${is.name} still has ${address}`),
  ]
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
