import { groupBy } from '../../base/group-by.js'
import { type Fault, fault } from '../../base/fault.js'
import { type Gateway, gatewaysOf, keyOf, shareOf } from '../survey/gateways.js'
import type { IntentIndex, Site } from '../survey/intent-index.js'

/** Each gateway has one limit, which leaves every session to it at least one route. */
export function checkGateways(index: IntentIndex): Fault[] {
  const named = index.sites.filter(({ attachment }) => attachment.gateway !== undefined)
  return [
    ...[...groupBy(named, keyOf).values()].flatMap(checkLimits),
    ...gatewaysOf(index).flatMap(checkRoom),
  ]
}

function checkLimits(sites: readonly Site[]): Fault[] {
  const said = sites.filter(({ attachment }) => attachment.gateway?.maxPrefixes !== undefined)
  const [first] = said
  if (first === undefined) return []
  return said.flatMap((site) =>
    limitOf(site) === limitOf(first)
      ? []
      : [
          conflict(
            site,
            `is ${limitOf(site)}, and ${limitOf(first)} at ${place(first)}: a gateway has one limit`,
          ),
        ],
  )
}

function limitOf({ attachment }: Site): number | undefined {
  return attachment.gateway?.maxPrefixes?.limit
}

function checkRoom(gateway: Gateway): Fault[] {
  const { budget, site, sessions } = gateway
  const fixed = sessions.reduce((sum, { own }) => sum + (own ?? 0), 0)
  const open = sessions.filter(({ own }) => own === null)
  const limit = `the sessions to gateway "${budget.gateway}" announce at most ${budget.limit} routes together`
  if (fixed > budget.limit) {
    const message = `${limit}, and their own limits are ${fixed} together: lower "export.maxPrefixes"`
    return [conflict(site, message)]
  }
  const least = Math.max(0, ...open.map((session) => session.least))
  if (shareOf(gateway) >= least) return []
  const left = budget.limit - fixed
  const message = `${limit}, and ${left} are left for ${open.length} sessions without a limit, which need ${least} each`
  return [conflict(site, message)]
}

function place({ at }: Site): string {
  return `${at}.gateway.maxPrefixes.limit`
}

function conflict(site: Site, message: string): Fault {
  return fault('INTENT_CONFLICT', place(site), message)
}
