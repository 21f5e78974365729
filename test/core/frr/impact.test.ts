import * as fc from 'fast-check'
import { test } from 'tap'
import { BLOCK_IMPACT, FAMILY_IMPACT, NEIGHBOR_IMPACT } from '../../../src/core/frr/diff/impact.js'
import { renderFrrConfig } from '../../../src/core/frr/render/render.js'
import { arbitraryBgp } from '../../support/frr/arbitrary-bgp.js'

test('every setting that demarc types has its impact in the table', (t) => {
  fc.assert(
    fc.property(arbitraryBgp, (instances) => {
      for (const block of renderFrrConfig(instances).blocks.values()) {
        const slots = [...block.families.values()].flatMap((family) => [...family.keys()])
        known([...block.statements.keys(), ...slots], BLOCK_IMPACT)
        for (const neighbor of block.neighbors.values()) {
          known([...neighbor.statements.keys()], NEIGHBOR_IMPACT)
          for (const family of neighbor.families.values()) known([...family.keys()], FAMILY_IMPACT)
        }
      }
    }),
  )
  t.end()
})

/** Another AS makes it another neighbour, so that `remote-as` never changes on one. */
function known(slots: readonly string[], table: Readonly<Record<string, unknown>>): void {
  for (const slot of slots) {
    const name = /^(network|aggregate-address) /.exec(slot)?.[1] ?? slot
    if (name !== 'remote-as' && !(name in table)) throw new Error(`no impact for ${slot}`)
  }
}
