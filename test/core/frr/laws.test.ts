import { test } from 'tap'
import { fakeFrr } from '../../support/fake-frr.js'
import { frrContract } from '../../support/frr-contract.js'

/** The same laws run against the real daemons in `test/edge/frr` and `test/lab/scenarios`. */
test('on an FRR that only keeps configuration', async (t) => {
  await frrContract(
    t,
    () => {
      const frr = fakeFrr()
      const type = (...lines: readonly string[]) => Promise.resolve(frr.type(...lines))
      return Promise.resolve({ frr, type, bfdd: true })
    },
    Number(process.env['LAW_RUNS'] ?? 60),
  )
})
