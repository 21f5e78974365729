import * as fc from 'fast-check'
import { test } from 'tap'
import { exportIntent, type Exported } from '../../../../src/core/intent/export/export.js'
import { planFrrAdoption } from '../../../../src/core/frr/plan/adopt.js'
import { readBgp } from '../../../../src/core/frr/export/bgp.js'
import { foundRoutes } from '../../../../src/core/frr/static/plan.js'
import { planFrr } from '../../../../src/core/frr/plan/plan.js'
import { releaseFrr } from '../../../../src/core/frr/plan/release.js'
import { toWant } from '../../../../src/core/intent/want.js'
import type { HaveLink } from '../../../../src/core/model/link.js'
import { toIfname, toSecretDigest, toWord } from '../../../../src/core/model/names.js'
import {
  isKernelStep,
  type FrrPlan,
  type HaveFrr,
  type PlannedStep,
  type Want,
} from '../../../../src/core/model/plan.js'
import type { Result } from '../../../../src/core/base/result.js'
import { planAdoption } from '../../../../src/core/links/adopt.js'
import { planLinks, type LinkPlan } from '../../../../src/core/links/plan.js'
import { releaseLinks } from '../../../../src/core/links/release.js'
import { secretNames } from '../../../../src/core/intent/secret-names.js'
import type { Intent } from '../../../../src/core/wire/intent.js'
import { arbitraryIntent, SMALL_ROUTER } from '../../../support/intent/arbitrary-intent.js'
import { arbitraryStrictBgp, sure } from '../../../support/frr/arbitrary-bgp.js'
import { fakeFrr } from '../../../support/frr/fake-frr.js'
import { fakeKernel, PLAIN_SYSCTL } from '../../../support/kernel/fake-kernel.js'
import { isMark } from '../../../support/intent/hand-configured.js'
import { arbitraryWorld } from '../../links/worlds.js'

const RUNS = { numRuns: Number(process.env['LAW_RUNS'] ?? 50) }
/** Not the management port. */
const managedPorts = ['p?', 'm?']
const DIGEST = sure(toSecretDigest('0123456789abcdef'))

/** One password under every name: an export gives it another. */
function wantOf(intent: Intent): Want {
  const secrets = new Map(secretNames(intent).map((name) => [name, DIGEST]))
  return sure(okOf(toWant(intent, { managedPorts, secrets })))
}

function okOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 1))
  return result.value
}

interface Router {
  readonly links: readonly HaveLink[]
  readonly frr: HaveFrr
}

/** Both halves of a router, and the plans done on them. */
function router(world: readonly HaveLink[]) {
  const kernel = fakeKernel(world)
  const frr = fakeFrr('10.3')
  async function perform(steps: readonly PlannedStep[]): Promise<void> {
    for (const { step } of steps) {
      const refused = isKernelStep(step)
        ? kernel.applyNow(step)
        : step.do === 'frr'
          ? await frr.apply(step)
          : null
      if (refused !== null) throw new Error(`${refused.message}: ${JSON.stringify(step)}`)
    }
  }
  const read = async (): Promise<Router> => ({ links: kernel.links(), frr: await frr.read() })
  return { perform, read }
}

function linkSteps({ early, removals, additions }: LinkPlan): readonly PlannedStep[] {
  return [...early, ...removals, ...additions]
}

function frrSteps({ early, drain, remove, change }: FrrPlan): readonly PlannedStep[] {
  return [...early, ...drain, ...remove, ...change]
}

/** The router an intent makes of a world; null where the world stands in its way. */
async function built(world: readonly HaveLink[], intent: Intent) {
  const want = wantOf(intent)
  const plan = planLinks(want.links, world, PLAIN_SYSCTL)
  if (!plan.ok) return null
  const it = router(world)
  await it.perform(linkSteps(plan.value))
  await it.perform(frrSteps(okOf(planFrr(want.bgp, (await it.read()).frr))))
  return it
}

function exported({ links, frr }: Router, running: Intent | null): Exported {
  const bgp = readBgp(frr)
  const generation = (running?.generation ?? 0) + 1
  const routes = foundRoutes(frr)
  const source = { links, bgp, routes, managedPorts, routerId: 'lab-edge-1', generation, running }
  return okOf(exportIntent(source))
}

/** What an intent made of a world and demarc gave back, its export, and how the links are taken over by that. */
async function exportedAfterRelease(world: readonly HaveLink[], intent: Intent) {
  const it = await built(world, intent)
  if (it === null) return null
  const before = await it.read()
  await it.perform([...releaseFrr(before.frr), ...releaseLinks(before.links)])
  const have = await it.read()
  const { intent: said, notExported: left } = exported(have, null)
  const want = wantOf(said)
  const links = linkSteps(okOf(planAdoption(want.links, have.links, PLAIN_SYSCTL)))
  return { it, have, said, left, want, links }
}

/** Whether a connection has lost what cannot be seen on a router. */
function unlike({ connections }: Intent) {
  return ({ name, provider }: Intent['connections'][number]): boolean =>
    connections.find((one) => one.name === name)?.provider !== provider
}

function nothing(things: readonly unknown[], about: unknown): void {
  if (things.length > 0) {
    throw new Error(`${JSON.stringify(things, null, 1)}\nof ${JSON.stringify(about, null, 1)}`)
  }
}

/** Sometimes with names of its own for interfaces, which random intents do not have. */
const arbitraryRouter = fc
  .tuple(arbitraryIntent(SMALL_ROUTER), fc.boolean())
  .map(([intent, named]) => (named ? withInterfaces(intent) : intent))

function withInterfaces(intent: Intent): Intent {
  return {
    ...intent,
    connections: intent.connections.map((one, i) =>
      one.aggregation === undefined
        ? one
        : {
            ...one,
            provider: sure(toWord('outscale')),
            interface: sure(toIfname(`trunk${i}`)),
            aggregation: { ...one.aggregation, systemIdMac: '02:00:00:00:00:0a' },
          },
    ),
    attachments: intent.attachments.map((one, i) =>
      one.vlanId === null ? one : { ...one, interface: sure(toIfname(`svc-${i}`)) },
    ),
  }
}

/** A world in which nothing else stands on the managed ports. */
const clear = arbitraryWorld().map((links) =>
  links.filter(({ detail }) => detail.kind !== 'vlan' && detail.kind !== 'bridge'),
)

/** What must be there again: links that were made, and neighbours. */
function essence({ links, bgp }: Want): readonly string[] {
  const made = links.filter(({ alias, detail }) => alias !== null && detail.kind !== 'vrf')
  const neighbors = bgp.flatMap(({ vrf, neighbors }) =>
    neighbors.map(({ address }) => `${address} of ${vrf}`),
  )
  return [...made.map(({ name }) => name), ...neighbors]
}

test('laws of exporting', async (t) => {
  await t.test('what demarc gave back is exported whole, and taken over by marks', async (t) => {
    let carried = 0
    await fc.assert(
      fc.asyncProperty(clear, arbitraryRouter, async (world, intent) => {
        const taken = await exportedAfterRelease(world, intent)
        if (taken === null) return
        const { it, have, said, left, want, links } = taken
        const others = links.map(({ step }) => step).filter((step) => !isMark(step))
        nothing(others, { intent, said, left })
        const frr = okOf(planFrrAdoption(want.bgp, have.frr))
        const harm = frr.effects.filter(({ impact }) => impact !== 'none' && impact !== 'soft')
        nothing(harm, { intent, said, left })
        const again = essence(want)
        nothing(
          essence(wantOf(intent)).filter((name) => !again.includes(name)),
          { intent, said, left },
        )
        carried += again.length
        await it.perform([...links, ...frrSteps(frr)])
        const now = await it.read()
        nothing(linkSteps(okOf(planLinks(want.links, now.links, PLAIN_SYSCTL))), said)
        nothing(frrSteps(okOf(planFrr(want.bgp, now.frr))), said)
      }),
      RUNS,
    )
    t.comment(`${carried} links and neighbours in ${RUNS.numRuns} routers`)
    t.ok(carried > RUNS.numRuns)
  })

  await t.test('what demarc manages is exported as it is, with an empty plan', async () => {
    await fc.assert(
      fc.asyncProperty(clear, arbitraryRouter, async (world, intent) => {
        const it = await built(world, intent)
        if (it === null) return
        const have = await it.read()
        const { intent: said, notExported: left } = exported(have, intent)
        if (said.generation !== 2) throw new Error(`generation ${said.generation}`)
        if (said.connections.some(unlike(intent))) throw new Error(JSON.stringify(said))
        const want = wantOf(said)
        const plan = okOf(planLinks(want.links, have.links, PLAIN_SYSCTL))
        nothing(linkSteps(plan), { intent, said, left })
        nothing(frrSteps(okOf(planFrr(want.bgp, have.frr))), { intent, said, left })
        nothing(left, { intent, said })
      }),
      RUNS,
    )
  })

  await t.test(
    'whatever else is on the router, what is exported is taken over without harm',
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryWorld(), arbitraryRouter, async (world, intent) => {
          const taken = await exportedAfterRelease(world, intent)
          if (taken === null) return
          const { said, left, links } = taken
          // A foreign VLAN was not made to route; that is said of every attachment.
          const others = links
            .map(({ step }) => step)
            .filter((step) => step.do !== 'sysctl-set' && !isMark(step))
          nothing(others, { intent, said, left })
        }),
        RUNS,
      )
    },
  )
})

test('a configuration of demarc is read back as what it was made of', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryStrictBgp, async (instances) => {
      const want = instances.slice(0, 1).map((one) => ({
        ...one,
        // No intent makes a neighbour without a family.
        neighbors: one.neighbors.filter(
          ({ ipv4Unicast, ipv6Unicast }) => ipv4Unicast !== null || ipv6Unicast !== null,
        ),
      }))
      if (want[0]?.neighbors.length === 0) return
      const frr = fakeFrr('10.7.1')
      for (const step of frrSteps(okOf(planFrr(want, await frr.read())))) {
        if (step.step.do === 'frr') await frr.apply(step.step)
      }
      const have = await frr.read()
      const found = readBgp(have)
      nothing(found.notExported, want)
      const passwords = new Map(
        want.flatMap(({ neighbors }) => neighbors.map((one) => [one.address, one.password])),
      )
      const neighbors = found.neighbors.map(({ vrf, hasPassword, lost, attachment, ...rest }) => ({
        ...rest,
        attachment: sure(toWord(attachment ?? '')),
        password: hasPassword ? (passwords.get(rest.address) ?? null) : null,
        // It is said by the communities and the preference that it sets.
        drain: false,
      }))
      const router = found.router
      const aggregatesOf = (vrf: string | null) => found.aggregates.get(vrf ?? '') ?? []
      const again =
        router === null
          ? []
          : want.map(({ vrf }) => ({ ...router, vrf, aggregates: aggregatesOf(vrf), neighbors }))
      nothing(frrSteps(okOf(planFrr(again, have))), { want, again })
    }),
    { numRuns: RUNS.numRuns * 4 },
  )
})
