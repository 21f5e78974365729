import { waitFor } from '../../../support/process/wait.js'
import type { Session } from '../mode.js'
import type { ModeScene } from '../scene.js'
import { established, findingOf, sinceOf } from './sessions.js'

/** What happens where more routes come than may go on. */
export type Limit =
  /** The customer's network announces more than the provider takes: demarc holds the rest back. */
  | {
      readonly direction: 'out'
      /** How many prefixes come on top of the usual one. */
      readonly more: number
      /** Each session announces so many at most; the provider's own limit is the sum. */
      readonly most: number
    }
  /** The provider announces more than the intent takes: demarc ends the session, and it is back when it is cleared. */
  | { readonly direction: 'in'; readonly more: number; readonly session: Session }
  /** There is none, and why. */
  | { readonly direction: 'none'; readonly why: string }

export async function limit(scene: ModeScene): Promise<string> {
  const rule = scene.mode.limit
  const figures = await figuresOf(scene, rule)
  const special = await scene.mode.special?.limit?.(scene)
  return [figures, ...(special === undefined ? [] : [special])].join(', ')
}

function figuresOf(scene: ModeScene, rule: Limit): Promise<string> {
  if (rule.direction === 'none') return Promise.resolve(rule.why)
  return rule.direction === 'out' ? outwards(scene, rule) : inwards(scene, rule)
}

async function outwards(
  scene: ModeScene,
  { more, most }: Extract<Limit, { direction: 'out' }>,
): Promise<string> {
  const before = sinceOf(scene)
  const limited = scene.mode.sessions.filter(({ unlimited }) => unlimited !== true)
  const counts = () => limited.map(({ router, customer }) => scene.peer(router).received(customer))
  const usual = counts().join()
  scene.announceMore(more)
  const isFull = (all: readonly number[]) => all.every((count) => count === most)
  const full = { until: isFull, within: 60, every: 500 }
  await waitFor('every session is at the limit', counts, full)
  for (const { neighbor } of limited) {
    await findingOf(scene, ['neighbors', neighbor, 'EXPORT_LIMIT_REACHED'])
  }
  if (!isFull(counts())) throw new Error(`announced: ${counts().join()}`)
  if (sinceOf(scene) !== before) throw new Error(`a session fell: ${before}, ${sinceOf(scene)}`)
  scene.announceMore(0)
  await waitFor('the routes are withdrawn', counts, {
    until: (all) => all.join() === usual,
    within: 60,
    every: 500,
  })
  return `${most} of ${more + 1} announced on each session, none fell`
}

async function inwards(
  scene: ModeScene,
  { more, session }: Extract<Limit, { direction: 'in' }>,
): Promise<string> {
  const { router, customer, neighbor } = session
  scene.announceMore(more, router)
  const peer = scene.peer(router)
  await waitFor('the session ends', () => peer.session(customer), {
    until: (state) => state?.established !== true,
    within: 30,
  })
  await findingOf(scene, ['neighbors', neighbor, 'PREFIX_LIMIT_EXCEEDED'])
  scene.announceMore(0, router)
  await scene.agent.ask('neighbor.clear', { address: neighbor, vrf: null })
  await established(scene)
  return 'above the limit of the intent the session ends, and is back when cleared'
}
