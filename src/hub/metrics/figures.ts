import { VERSION } from '../../core/base/version.js'
import type { Family } from '../../core/metrics/family.js'
import { hubFamilies, type RouterFigures } from '../../core/metrics/hub.js'
import type { Clock } from '../../edge/host/clock.js'
import { readProcess } from '../../edge/metrics/process-figures.js'
import type { AgentLinks } from '../routers/agents.js'
import type { Routers } from '../routers/routers.js'
import type { RouterRecord } from '../store/records.js'
import type { Store } from '../store/store.js'

/** The parts of a hub that its metrics show. */
export interface FiguresContext {
  readonly store: Pick<Store, 'trouble'>
  readonly routers: Pick<Routers, 'all'>
  readonly links: Pick<AgentLinks, 'link'>
}

/** The metrics of the hub at this moment, from what it has in memory. */
export async function hubFigures(
  { store, routers, links }: FiguresContext,
  clock: Pick<Clock, 'wall'>,
): Promise<Iterable<Family>> {
  return hubFamilies({
    version: VERSION,
    storing: (await store.trouble()) === null,
    routers: routers.all().map((router) => figuresOf(router, links.link(router.id) !== undefined)),
    process: readProcess(clock),
  })
}

function figuresOf(router: RouterRecord, connected: boolean): RouterFigures {
  const { id, severity = 'unknown', lastSeen, intent, running } = router
  return {
    ...{ id, severity, connected, lastSeen },
    isDelivered: intent === null ? null : intent.delivery.state === 'accepted',
    running: running?.generation ?? null,
    reportsMissed: router.reportsMissed,
    eventsDropped: router.eventsDropped,
  }
}
