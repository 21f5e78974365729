import { parseJson } from '../../core/base/json.js'
import type { FrrWaitStep } from '../../core/model/plan.js'
import type { Conversations } from './conversations.js'
import { looseObject } from './loose.js'

/** Names of the links and VRFs in the step that zebra does not know yet. */
export async function unknownToZebra(
  talk: Conversations,
  step: FrrWaitStep,
): Promise<readonly string[]> {
  const [links, vrfs] = await talk.ask('zebra', ['show interface vrf all brief json', 'show vrf'])
  const knownLinks = linkNames(links?.text ?? '')
  const knownVrfs = vrfNames(vrfs?.text ?? '')
  return [
    ...step.links.filter((name) => !knownLinks.has(name)),
    ...step.vrfs.filter((name) => !knownVrfs.has(name)),
  ]
}

function linkNames(json: string): ReadonlySet<string> {
  return new Set(Object.keys(looseObject(parseJson(json))))
}

/** Lines are `vrf blue id 5 table 10`; one that is only configured says `inactive` instead. */
function vrfNames(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^vrf (\S+) id \d+/gm)].map(([, name = '']) => name))
}
