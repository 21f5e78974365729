import { ADDRESS_PROTOCOL, type HaveLink } from '../model/link.js'
import type { KernelStep, PlannedStep } from '../model/plan.js'
import { isOurs } from '../model/own-link.js'
import { marked, markSteps } from './mark.js'

/** Plans the removal of demarc's marks from all links and addresses, which stay as they are and become foreign. */
export function releaseLinks(have: readonly HaveLink[]): readonly PlannedStep<KernelStep>[] {
  return have.flatMap((link) => markSteps(link, released(link)))
}

function released(link: HaveLink): HaveLink {
  return marked(link, {
    alias: isOurs(link) ? null : link.alias,
    protocolOf: ({ protocol }) => (protocol === ADDRESS_PROTOCOL ? 0 : protocol),
  })
}
