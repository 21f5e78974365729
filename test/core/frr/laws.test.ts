import { test } from 'tap'
import { fakeFrr } from '../../support/frr/fake-frr.js'
import { staticContract } from '../../support/frr/static-contract.js'
import { strictContract } from '../../support/frr/strict-contract.js'
import { frrContract, type ContractBench } from '../../support/frr/frr-contract.js'

/** The same laws run against the real daemons of both versions in `test/edge/frr/daemons.test.ts`. */
for (const version of ['8.4.4', '10.3', '10.7.1']) {
  test(`on an FRR ${version} that only keeps configuration`, async (t) => {
    const strict = version.startsWith('10.7')
    const bench = (): Promise<ContractBench> => {
      const frr = fakeFrr(version)
      const type = (...lines: readonly string[]) => Promise.resolve(frr.type(...lines))
      return Promise.resolve({ frr, type, bfdd: true, strict })
    }
    await frrContract(t, bench, Number(process.env['LAW_RUNS'] ?? 60))
    if (strict) await strictContract(t, bench)
    await staticContract(t, fakeFrr(version), 60)
  })
}
