import t, { type Test } from 'tap'
import { attempt } from '../../../src/core/base/attempt.js'
import { draftRoutes } from '../../../src/core/frr/static/plan.js'
import type { FrrStep, HaveFrr, HaveRoutes } from '../../../src/core/model/plan.js'
import { planRestore } from '../../../src/core/router/restore.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { toPrefix, toSecretDigest } from '../../../src/core/model/names.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { frrPrograms, startFrrAlone, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { staticContract } from '../../support/frr/static-contract.js'
import { waitFor } from '../../support/process/wait.js'

const RUNS = Number(process.env['LAW_RUNS'] ?? 25)

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = open(alone.runDir, 20_000)
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
    await hangs(t, alone, program.version === '8.4' ? ['staticd'] : ['mgmtd', 'staticd'])
  })
}

/** Each daemon of static routes stands still in turn; the first of them has their configuration. */
async function hangs(t: Test, alone: FrrAlone, daemons: readonly StaticDaemon[]): Promise<void> {
  const route = { vrf: null, prefix: PREFIX, nextHop: null, distance: 1 }
  for (const [i, daemon] of daemons.entries()) {
    await t.test(`${daemon} stands still`, async (t) => {
      const frr = open(alone.runDir, HASTE)
      t.teardown(() => frr.close())
      const known = await frr.read()
      t.match(known, { routes: { daemon: daemons[0], fault: null } })
      const signal = (name: string) =>
        alone.shell(`kill -${name} $(cat ${alone.runDir}/${daemon}.pid)`)
      const answers = async () => (await attempt(() => frr.version(daemon))).ok
      const until = (wanted: boolean) =>
        waitFor(daemon, answers, { until: (ok) => ok === wanted, within: 10, every: 20 })
      signal('STOP')
      t.teardown(() => signal('CONT'))
      await until(false)

      const first = await frr.read()
      const since = performance.now()
      const next = await frr.read()
      const waited = performance.now() - since
      t.ok(waited < HASTE, `the next reading took ${Math.round(waited)} ms`)
      t.strictSame(next.bgpd, known.bgpd)
      if (i > 0) {
        t.strictSame(next.routes, known.routes, 'the other daemon has the configuration')
      } else {
        for (const have of [first, next]) {
          t.match(have.routes, {
            daemon,
            config: null,
            fault: { message: /did not answer within/ },
          })
          t.strictSame(draftRoutes([], have, false).conflicts, [], 'no route is wanted')
          t.match(draftRoutes([route], have, false).conflicts, [{ fault: { at: daemon } }])
        }
        const step = { do: 'frr', daemon, lines: [] } as const
        const back = restoreOf(known, next, [step])
        t.match(back.missing, [{ code: 'FRR_UNAVAILABLE', at: daemon }], 'the rollback says so')
        t.strictSame(restoreOf(known, next, []).missing, [])
      }
      signal('CONT')
      await until(true)
      await waitFor('the routes', () => frr.read(), {
        until: ({ routes }) => routes?.fault === null,
        within: 10,
        every: 20,
      })
    })
  }
}

/** ms that a daemon has for a sign of life; a busy machine needs most of them for one that runs. */
const HASTE = 1500

const PREFIX = sure(toPrefix('10.64.0.0/10'))

type StaticDaemon = HaveRoutes['daemon']

function restoreOf(before: HaveFrr, now: HaveFrr, steps: readonly FrrStep[]) {
  const plain = {
    links: [],
    sysctlDefaults: { rpFilter: 0, forwarding4: false, forwarding6: false },
  } as const
  return planRestore({ ...plain, frr: before }, steps, () => true)({ ...plain, frr: now })
}

function open(runDir: string, timeout: number): Frr {
  return openFrr({
    runDir,
    conceal: () => sure(toSecretDigest('c'.repeat(32))),
    reveal: () => undefined,
    timeout: millis(timeout),
  })
}
