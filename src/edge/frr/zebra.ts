import { fault, type Fault } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import type { FrrWaitStep } from '../../core/model/plan.js'
import { systemClock } from '../host/clock.js'
import type { DaemonConnections } from './vty/connections.js'
import { looseObject } from './loose.js'

const POLL_INTERVAL = millis(20)

/** Names in a fault; a thousand of them would not be read. */
const NAMES_SHOWN = 5

/**
 * Resolves when zebra knows the links and VRFs of the step. The fault names what is missing when zebra
 * has not learned of another one for `timeout`.
 */
export async function waitForZebra(
  connections: DaemonConnections,
  step: FrrWaitStep,
  timeout: Millis,
): Promise<Fault | null> {
  let deadline = systemClock.now() + timeout
  let fewest = Infinity
  for (;;) {
    const missing = await unknownToZebra(connections, step)
    if (missing.length === 0) return null
    if (missing.length < fewest) {
      fewest = missing.length
      deadline = systemClock.now() + timeout
    }
    if (systemClock.now() > deadline) return stillUnknown(missing, timeout)
    await systemClock.sleep(POLL_INTERVAL)
  }
}

function stillUnknown(missing: readonly string[], timeout: Millis): Fault {
  const names = missing.slice(0, NAMES_SHOWN).join(', ')
  const more = missing.length - NAMES_SHOWN
  const all = more > 0 ? `${names} and ${more} more` : names
  const detail =
    `zebra does not know ${all}, and has learned of nothing new for ${toSeconds(timeout)} s; ` +
    'its netlink buffer may have overflowed: add "-s 90000000" to zebra_options in ' +
    '/etc/frr/daemons, then run systemctl restart frr'
  return fault('FRR_UNAVAILABLE', 'zebra', detail)
}

/** Names of the links and VRFs in the step that zebra does not know. */
async function unknownToZebra(
  connections: DaemonConnections,
  step: FrrWaitStep,
): Promise<readonly string[]> {
  const commands = ['show interface vrf all brief json', 'show vrf']
  const [links, vrfs] = await connections.ask('zebra', commands)
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

/** A line is `vrf blue id 5 table 10`; for a VRF that is only configured it has `inactive` instead. */
function vrfNames(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^vrf (\S+) id \d+/gm)].map(([, name = '']) => name))
}
