import type { Fault } from '../../core/base/fault.js'
import { matchesAny } from '../../core/base/glob.js'
import { millis, type Millis } from '../../core/base/time.js'
import { conflictsOf, refusalsOf } from '../../core/coexist/conflicts.js'
import { managedOf } from '../../core/coexist/managed.js'
import type { HaveLink } from '../../core/model/link.js'
import type { Conflict, HostFacts } from '../../core/model/host-facts.js'
import type { Have, Want } from '../../core/model/plan.js'

/** How long the facts of this host stay valid for health. */
const FACTS_MAX_AGE = millis(20_000)

/** Compares the settings of other programs on this host with what demarc makes. */
export interface Coexistence {
  /** For health. `saved`: the intent is confirmed, so that it is in force after a reboot as well. */
  readonly conflicts: (
    want: Want | null,
    have: Pick<Have, 'links'>,
    saved: boolean,
  ) => Promise<readonly Conflict[]>
  /** Why a change may not begin; judged on facts that are read anew. */
  readonly refusals: (want: Want, have: Have) => Promise<readonly Fault[]>
}

export interface CoexistenceOptions {
  /** Gets the links whose own settings matter, the most important first. */
  readonly read: (links: readonly string[]) => Promise<HostFacts>
  readonly managedPorts: readonly string[]
  /** Monotonic. */
  readonly now: () => Millis
}

/** For health the facts are read at most every {@link FACTS_MAX_AGE}. */
export function createCoexistence(options: CoexistenceOptions): Coexistence {
  let kept: { readonly facts: HostFacts; readonly at: Millis } | null = null

  /** Facts that are not older than the instant `oldest`. The reader may not read all links it gets. */
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

  function managed(want: Want | null, have: Pick<Have, 'links'>, saved: boolean) {
    const ports = have.links.filter(
      ({ name, detail }) => detail.kind === 'port' && matchesAny(name, options.managedPorts),
    )
    return managedOf(want, ports, { saved, have: have.links })
  }

  return {
    async conflicts(want, have, saved) {
      const facts = await factsFor(want, have, options.now() - FACTS_MAX_AGE)
      return conflictsOf(facts, managed(want, have, saved))
    },
    async refusals(want, have) {
      const facts = await factsFor(want, have, Number.POSITIVE_INFINITY)
      return refusalsOf(conflictsOf(facts, managed(want, have, false)))
    },
  }
}

function answersArp({ addresses }: HaveLink): boolean {
  return addresses.some(({ address }) => !address.includes(':'))
}
