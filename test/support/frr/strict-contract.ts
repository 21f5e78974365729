import type { Test } from 'tap'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import { BFD_DEFAULTS } from '../../../src/core/model/intent-defaults.js'
import { plainInstance, plainNeighbor } from './bgp-instance.js'
import { stepsOf, type ContractBench } from './frr-contract.js'

const AT = 'neighbor 10.0.0.1'
export const BFD = { bfd: BFD_DEFAULTS }
export const STRICT = { bfd: { ...BFD_DEFAULTS, strict: true } }

export const wantWith = (over: Partial<BgpNeighbor>) => [
  plainInstance(plainNeighbor('10.0.0.1', over)),
]

/** Applies the want and returns what was typed about BFD. */
export async function applyWith(
  { frr }: Pick<ContractBench, 'frr'>,
  over: Partial<BgpNeighbor>,
): Promise<readonly string[]> {
  const steps = stepsOf(wantWith(over), await frr.read())
  for (const step of steps) {
    const refused = await frr.apply(step)
    if (refused !== null) throw new Error(refused.message)
  }
  return steps.flatMap(({ lines }) => lines).filter((line) => line.includes(' bfd'))
}

/** What somebody typed over a neighbour of demarc, with and without the mode. */
const TYPED = [
  ['the mode on', BFD, [`${AT} bfd strict`]],
  ['the mode on with a hold time', BFD, [`${AT} bfd strict hold-time 20`]],
  ['another hold time', STRICT, [`${AT} bfd strict hold-time 20`]],
  ['the mode off', STRICT, [`no ${AT} bfd strict`]],
  [
    'the mode off, and a hold time left',
    STRICT,
    [`${AT} bfd strict hold-time 20`, `no ${AT} bfd strict`],
  ],
  ['BFD off', STRICT, [`no ${AT} bfd`]],
  ['the mode on and then BFD off, which hides it', BFD, [`${AT} bfd strict`, `no ${AT} bfd`]],
] as const

/** BFD strict mode on an FRR that knows it, and keeps the mode and its hold time where it prints neither. */
export async function strictContract(t: Test, open: () => Promise<ContractBench>): Promise<void> {
  await t.test('BFD strict mode does not come back with the next BFD', async (t) => {
    const bench = await open()
    const profile = `${AT} bfd profile demarc-300-300-3`
    const on = [`${AT} bfd`, profile, `${AT} bfd strict hold-time 30`]
    t.strictSame(await applyWith(bench, STRICT), on)
    t.strictSame(await applyWith(bench, STRICT), [], 'the default hold time is not printed')
    const off = [`no ${AT} bfd strict`, `no ${profile}`, `no ${AT} bfd`]
    t.strictSame(await applyWith(bench, {}), off)
    t.strictSame((await applyWith(bench, BFD)).slice(0, 2), [`${AT} bfd`, profile])
    t.strictSame(await applyWith(bench, BFD), [])
  })
  for (const [name, over, typed] of TYPED) {
    await t.test(`BFD strict mode: ${name}, which somebody typed, is put right`, async (t) => {
      const bench = await open()
      await applyWith(bench, over)
      await bench.type('router bgp 65010', ...typed, 'exit')
      t.not((await applyWith(bench, over)).length, 0, 'there is something to repair')
      t.strictSame(await applyWith(bench, over), [], 'one plan repairs it')
    })
  }
}
