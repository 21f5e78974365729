import { type Ifname, toIfname } from '../../model/names.js'
import type { Intent } from '../../wire/intent.js'

/** What the intent says of one VRF as a whole, with its place in the document. */
export interface VrfPart {
  /** `router` for the default VRF, `vrfs[0]` for another one. */
  readonly at: string
  readonly vrf: Ifname | null
  /** undefined: the intent states none. */
  readonly localAs: number | undefined
  readonly aggregates: NonNullable<Intent['router']['aggregates']>
  readonly staticRoutes: NonNullable<Intent['router']['staticRoutes']>
}

/** The default VRF, then the others in the order of the document. */
export function vrfParts({ router, vrfs = [] }: Intent): readonly VrfPart[] {
  return [
    { at: 'router', vrf: null, localAs: router.localAs, ...originsOf(router) },
    ...vrfs.flatMap((vrf, i) => {
      const name = toIfname(vrf.name)
      const { localAs = router.localAs } = vrf
      return name === undefined ? [] : [{ at: `vrfs[${i}]`, vrf: name, localAs, ...originsOf(vrf) }]
    }),
  ]
}

function originsOf({
  aggregates = [],
  staticRoutes = [],
}: Pick<Intent['router'], 'aggregates' | 'staticRoutes'>) {
  return { aggregates, staticRoutes }
}

/** The AS of the router in a VRF (null: the default one); undefined: the intent states none. */
export function localAsIn(intent: Intent, vrf: string | null): number | undefined {
  const { vrfs = [], router } = intent
  return vrfs.find(({ name }) => name === vrf)?.localAs ?? router.localAs
}
