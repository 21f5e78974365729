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
}

/** The default VRF, then the others in the order of the document. */
export function vrfParts({ router, vrfs = [] }: Intent): readonly VrfPart[] {
  return [
    { at: 'router', vrf: null, localAs: router.localAs, aggregates: router.aggregates ?? [] },
    ...vrfs.flatMap((vrf, i) => {
      const name = toIfname(vrf.name)
      const { localAs = router.localAs, aggregates = [] } = vrf
      return name === undefined ? [] : [{ at: `vrfs[${i}]`, vrf: name, localAs, aggregates }]
    }),
  ]
}

/** The AS of the router in a VRF (null: the default one); undefined: the intent states none. */
export function localAsIn(intent: Intent, vrf: string | null): number | undefined {
  const { vrfs = [], router } = intent
  return vrfs.find(({ name }) => name === vrf)?.localAs ?? router.localAs
}
