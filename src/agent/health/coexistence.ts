import { matchesAny } from '../../core/base/glob.js'
import type { Fault } from '../../core/base/fault.js'
import { conflictsOf, refusalsOf } from '../../core/coexist/conflicts.js'
import { managedOf } from '../../core/coexist/managed.js'
import type { HaveLink } from '../../core/model/link.js'
import type { Conflict, HostFacts } from '../../core/model/host-facts.js'
import type { Have, Want } from '../../core/model/plan.js'

/** ms that what others left on this host is taken as read, unless a change begins. */
const FACTS_KEPT = 20_000

/** Holds what others on this host do against what demarc makes. */
export interface Coexistence {
  /** For health; `saved`: no change waits for its answer. */
  readonly conflicts: (
    want: Want | null,
    have: Pick<Have, 'links'>,
    saved: boolean,
  ) => Promise<readonly Conflict[]>
  /** For the admission of a change, read anew: why it may not begin. */
  readonly refusals: (want: Want, have: Have) => Promise<readonly Fault[]>
}

export interface CoexistenceOptions {
  /** Gets the links whose own settings matter, those that matter most first. */
  readonly read: (links: readonly string[]) => Promise<HostFacts>
  readonly managedPorts: readonly string[]
  /** ms on a clock that does not step. */
  readonly now: () => number
}

/** The facts are read once and hold for a while; a refusal of a change is always judged on fresh ones. */
export function createCoexistence(options: CoexistenceOptions): Coexistence {
  let kept: { readonly facts: HostFacts; readonly at: number } | null = null

  /** The intent's own links first: not all may be read. */
  async function factsFor(
    want: Want | null,
    have: Pick<Have, 'links'>,
    oldest: number,
  ): Promise<HostFacts> {
    if (kept !== null && kept.at >= oldest) return kept.facts
    const own = want?.links.filter(({ addresses }) => addresses.length > 0) ?? []
    const others = have.links.filter(answersArp)
    const names = [...own, ...(own.length === 0 ? [] : others)].map(({ name }) => name)
    const facts = await options.read([...new Set<string>(names)])
    kept = { facts, at: options.now() }
    return facts
  }

  function ours(want: Want | null, have: Pick<Have, 'links'>, saved: boolean) {
    const ports = have.links.filter(
      ({ name, detail }) => detail.kind === 'port' && matchesAny(name, options.managedPorts),
    )
    return managedOf(want, ports, { saved, have: have.links })
  }

  return {
    async conflicts(want, have, saved) {
      const facts = await factsFor(want, have, options.now() - FACTS_KEPT)
      return conflictsOf(facts, ours(want, have, saved))
    },
    async refusals(want, have) {
      const facts = await factsFor(want, have, Number.POSITIVE_INFINITY)
      return refusalsOf(conflictsOf(facts, ours(want, have, false)))
    },
  }
}

function answersArp({ addresses }: HaveLink): boolean {
  return addresses.some(({ address }) => !address.includes(':'))
}
