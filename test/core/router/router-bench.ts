import * as fc from 'fast-check'
import { toWant } from '../../../src/core/intent/want.js'
import type { Sessions } from '../../../src/core/frr/diff/limits.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { Have, HaveFrr, Plan, Step, Want } from '../../../src/core/model/plan.js'
import { isKernelStep } from '../../../src/core/model/plan.js'
import { planRouter } from '../../../src/core/router/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { toSecretDigest, neighborSubject } from '../../../src/core/model/names.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { fakeFrr, type FakeFrr } from '../../support/frr/fake-frr.js'
import { configLines } from '../../support/frr/frr-contract.js'
import {
  arbitraryIntent,
  MANAGED_PORTS,
  SECRET_NAMES,
} from '../../support/intent/arbitrary-intent.js'
import { fakeKernel, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { state } from '../links/law-bench.js'
import { arbitraryWorld } from '../links/worlds.js'

/** A whole router for the laws: the fake kernel and the fake FRR, and random intents for it. */
export interface FakeRouter {
  readonly have: () => Promise<Have>
  /** Throws where the kernel or FRR refuses a step. */
  readonly apply: (steps: readonly Step[]) => Promise<void>
  readonly frr: FakeFrr
}

export function fakeRouter(links: readonly HaveLink[], frr = fakeFrr('10.3')): FakeRouter {
  const kernel = fakeKernel(links)

  async function applyStep(step: Step): Promise<void> {
    const refusal = isKernelStep(step)
      ? kernel.applyNow(step)
      : step.do === 'frr'
        ? await frr.apply(step)
        : null
    if (refusal !== null) throw new Error(`${refusal.message}: ${JSON.stringify(step)}`)
  }

  return {
    have: async () => ({
      links: kernel.links(),
      sysctlDefaults: PLAIN_SYSCTL,
      frr: await frr.read(),
    }),
    apply: async (steps) => {
      for (const step of steps) await applyStep(step)
    },
    frr,
  }
}

/** Everything of a router that a restore must bring back. */
export function stateOf({ links, frr }: Have) {
  return { links: state(links), frr: frrLines(frr) }
}

function frrLines({ bgpd, bfdd }: HaveFrr): readonly string[] {
  return [...configLines(bgpd), ...configLines(bfdd)].filter((line) => line !== 'bfd')
}

export function stepsOf({ steps }: Plan): readonly Step[] {
  return steps.map(({ step }) => step)
}

/** A secret of its own for each name. */
const SECRETS = new Map(
  SECRET_NAMES.map((name, i) => [name, sure(toSecretDigest(`${i}`.repeat(32)))]),
)

function wantOf(intent: Intent): Want {
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets: SECRETS })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}

const arbitraryWant: fc.Arbitrary<Want> = arbitraryIntent().map(wantOf)

/** A router as somebody had it, and two wants for it. */
export const arbitraryChange = fc.record({
  world: arbitraryWorld(),
  first: arbitraryWant,
  second: arbitraryWant,
})

/** A router that has the first want; null where the world does not allow it. */
export async function routerWith(
  world: readonly HaveLink[],
  want: Want,
): Promise<FakeRouter | null> {
  const router = fakeRouter(world)
  const plan = planRouter(want, await router.have())
  if (!plan.ok) return null
  await router.apply(stepsOf(plan.value))
  return router
}

/** All wanted sessions as Established, each with so many received prefixes. */
export function sessionsOf({ bgp }: Want, received = 0): Sessions {
  return new Map(
    bgp.flatMap(({ vrf, neighbors }) =>
      neighbors.map(({ address }) => [
        neighborSubject(address, vrf),
        [{ family: 'ipv4-unicast' as const, received, sent: 0 }],
      ]),
    ),
  )
}

/** How often a law of the router is tried. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: Number(process.env['LAW_RUNS'] ?? usual) }
}
