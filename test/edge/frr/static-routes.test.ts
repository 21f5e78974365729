import t from 'tap'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { frrPrograms, startFrrAlone } from '../../support/frr/isolated-frr.js'
import { staticContract } from '../../support/frr/static-contract.js'

const RUNS = Number(process.env['LAW_RUNS'] ?? 25)

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = openFrr({
      runDir: alone.runDir,
      conceal: () => sure(toSecretDigest('c'.repeat(32))),
      reveal: () => undefined,
      timeout: millis(20_000),
    })
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })

    await t.test('a daemon of static routes that does not run is no fault of FRR', async (t) => {
      t.match(await frr.read(), {
        faults: [],
        routes: { daemon: 'staticd', config: null, fault: { code: 'FRR_UNAVAILABLE' } },
      })
    })

    await alone.startStatic()
    await staticContract(t, frr, RUNS)
  })
}
