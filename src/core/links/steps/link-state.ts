import type { HaveLink, LinkSysctl } from '../../model/link.js'
import type { InterfaceAddress } from '../../model/names.js'
import type { LinkSettings } from '../../model/plan.js'

/** What a link is like after the steps planned so far, with what the kernel does by itself. */
export interface LinkState {
  readonly detail: HaveLink['detail']
  readonly alias: string | null
  readonly mtu: number
  /** false after the link left a bond: the kernel restores an earlier MTU that it does not show. */
  readonly mtuKnown: boolean
  readonly up: boolean
  readonly master: string | null
  readonly mac: string
  /** Each address, and whether demarc owns it. */
  readonly addresses: ReadonlyMap<InterfaceAddress, boolean>
  readonly sysctl: LinkSysctl
}

/** The state of a link as it was read, before any step. */
export function stateOf(link: HaveLink): LinkState {
  const { detail, alias, mtu, up, master, mac, sysctl } = link
  const addresses = new Map(link.addresses.map(({ address, owned }) => [address, owned]))
  return { detail, alias, mtu, mtuKnown: true, up, master, mac, addresses, sysctl }
}

/** The values that a `link-set` to `to` replaces. */
export function settingsBefore(state: LinkState, to: LinkSettings): LinkSettings {
  const { detail } = state
  const from: Record<string, unknown> = {}
  for (const key of ['alias', 'mtu', 'up', 'master', 'mac'] as const)
    if (key in to) from[key] = state[key]
  if (to.bond !== undefined && detail.kind === 'bond') {
    const { options } = detail
    const keys = Object.keys(to.bond) as (keyof typeof options)[]
    from['bond'] = Object.fromEntries(keys.map((key) => [key, options[key]]))
  }
  if (to.stp !== undefined && detail.kind === 'bridge') from['stp'] = detail.stp
  return from
}

/** The state after a `link-set` to `to`. */
export function afterSettings(state: LinkState, to: LinkSettings): LinkState {
  const { bond, stp, ...plain } = to
  const mtuKnown = state.mtuKnown || to.mtu !== undefined
  return { ...state, ...plain, mtuKnown, detail: detailAfter(state.detail, bond, stp) } as LinkState
}

function detailAfter(
  detail: LinkState['detail'],
  bond: LinkSettings['bond'],
  stp: boolean | undefined,
): LinkState['detail'] {
  if (detail.kind === 'bond' && bond !== undefined) {
    return { ...detail, options: { ...detail.options, ...bond } }
  }
  return detail.kind === 'bridge' && stp !== undefined ? { ...detail, stp } : detail
}
