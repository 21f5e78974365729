import { toWant } from '../../../src/core/intent/want.js'
import type { HaveLink, WantLink } from '../../../src/core/model/link.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import type { LinkPlan } from '../../../src/core/links/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { MANAGED_PORTS, SECRET_NAMES, SMALL_ROUTER } from '../../support/intent/arbitrary-intent.js'
import { fakeKernel } from '../../support/kernel/fake-kernel.js'

/** What the laws of links are tried with: random intents, a kernel, and an exact comparison. */

export const universe = { ...SMALL_ROUTER, bgp: false, modes: true } as const
const digest = toSecretDigest('0123456789abcdef')
const secrets = new Map(
  SECRET_NAMES.flatMap((name) => (digest === undefined ? [] : [[name, digest]])),
)

export function wantOf(intent: Intent): readonly WantLink[] {
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value.links
}

export function stepsOf({ early, removals, additions }: LinkPlan): readonly KernelStep[] {
  return [...early, ...removals, ...additions].map(({ step }) => step)
}

/** A refused step fails the law. */
export function kernelWith(links: readonly HaveLink[]) {
  const { applyNow, links: now } = fakeKernel(links)
  const apply = (step: KernelStep) => {
    const refusal = applyNow(step)
    if (refusal !== null) throw new Error(`${refusal.message}: ${JSON.stringify(step)}`)
  }
  return { apply, links: now }
}

/** State without what counts up by itself, in the order of names. */
export function state(links: readonly HaveLink[]) {
  return [...links]
    .map(({ index, carrier, mac, permanentMac: _own, modes, ...link }) => ({
      ...link,
      ...(modes && { modes: { ...modes, attempt: null } }),
      addresses: [...link.addresses].sort((a, b) => a.address.localeCompare(b.address)),
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
}

export function compare(is: unknown, should: unknown): void {
  const [one, two] = [JSON.stringify(is, null, 1), JSON.stringify(should, null, 1)]
  if (one !== two) throw new Error(`is ${one}\nshould be ${two}`)
}
