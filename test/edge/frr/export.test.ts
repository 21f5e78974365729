import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { exportIntent } from '../../../src/core/intent/export/export.js'
import { planFrrAdoption } from '../../../src/core/frr/plan/adopt.js'
import { readBgp } from '../../../src/core/frr/export/bgp.js'
import { foundRoutes } from '../../../src/core/frr/static/plan.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { secretNames } from '../../../src/core/intent/secret-names.js'
import { toWant } from '../../../src/core/intent/want.js'
import type { FrrDaemon, HaveFrr } from '../../../src/core/model/plan.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { frrPrograms, startFrrAlone } from '../../support/frr/isolated-frr.js'
import {
  BFDD,
  BGPD,
  exportOf,
  HAND_DIGEST,
  LINKS,
  MANAGED,
} from '../../support/intent/hand-configured.js'
import { planted } from '../../support/process/planted-secrets.js'

/** What an operator types to get such a configuration. */
function typed(config: string): readonly string[] {
  const lines = config.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !/^(!|frr |end$)/.test(line))
}

function exportFrom(frr: HaveFrr) {
  const exported = exportIntent({
    links: LINKS,
    bgp: readBgp(frr),
    routes: foundRoutes(frr),
    managedPorts: MANAGED,
    routerId: 'par-edge-1',
    generation: 1,
    running: null,
  })
  if (!exported.ok) throw new Error(JSON.stringify(exported.faults))
  return exported.value
}

/** How FRR prints what was typed by hand is FRR's affair; what demarc reads in it is not. */
for (const program of frrPrograms()) {
  t.test(`FRR ${program.version} that somebody set up by hand`, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = openFrr({
      runDir: alone.runDir,
      conceal: () => HAND_DIGEST,
      reveal: () => planted('export'),
      timeout: millis(20_000),
    })
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })
    const type = async (daemon: FrrDaemon, lines: readonly string[]): Promise<void> => {
      const refused = await frr.apply({ do: 'frr', daemon, lines })
      if (refused !== null) throw new Error(refused.message)
    }
    await type('bfdd', typed(BFDD))
    await type('bgpd', typed(BGPD))
    const have = await frr.read()
    const { intent, notExported } = exportFrom(have)
    t.strictSame({ intent, notExported }, exportOf({}))

    const secrets = new Map(secretNames(intent).map((name) => [name, HAND_DIGEST]))
    const want = toWant(intent, { managedPorts: MANAGED, secrets })
    if (!want.ok) throw new Error(JSON.stringify(want.faults))
    const plan = planFrrAdoption(want.value.bgp, have)
    if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
    const { early, remove, change, effects } = plan.value
    const harm = effects.filter(({ impact }) => impact !== 'none' && impact !== 'soft')
    t.strictSame(harm, [], 'taken over without a reset')
    for (const { step } of [...early, ...remove, ...change]) {
      if (step.do === 'frr') t.equal(await frr.apply(step), null)
    }
    const now = await frr.read()
    const again = planFrr(want.value.bgp, now)
    t.ok(again.ok)
    t.strictSame(again.ok && [...again.value.remove, ...again.value.change], [])
    t.strictSame(exportFrom(now).intent, intent, 'and exported as the same')
  })
}
