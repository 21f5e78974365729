import type { Conflict, HostFacts } from '../model/host-facts.js'
import { isTrue, lastOf, readIni } from './ini.js'
import { listed, patternsOf, type Managed } from './managed.js'

const UNIT = 'NetworkManager.service'

/** One keyfile for each device that NetworkManager knows, named by ifindex. */
const DEVICES = '/run/NetworkManager/devices/'

/**
 * Links of demarc that NetworkManager reports as managed. Links that do not exist yet are not checked:
 * NetworkManager does not manage a link that another program creates, unless it is configured to.
 */
export function judgeNetworkManager(facts: HostFacts, ours: Managed): readonly Conflict[] {
  if (!facts.units.includes(UNIT)) return []
  const indexes = new Map(ours.have.map(({ name, index }) => [`${DEVICES}${index}`, name]))
  const managed = new Set(
    facts.files
      .filter(({ text }) => isTrue(lastOf(readIni(text), 'device', 'managed')))
      .flatMap(({ path }) => indexes.get(path) ?? []),
  )
  const taken = ours.links.filter(({ name }) => managed.has(name))
  if (taken.length === 0) return []
  const names = taken.map(({ name }) => name)
  const devices = patternsOf(taken).map((name) => `interface-name:${name}`)
  return [
    {
      code: 'NETWORKMANAGER_MANAGES',
      at: '/etc/NetworkManager/conf.d',
      message: `NetworkManager manages ${listed(names)} and may flush or reconfigure them at any time: write "[keyfile]", "unmanaged-devices+=${devices.join(';')}" into /etc/NetworkManager/conf.d/90-demarc.conf, then run systemctl reload NetworkManager.`,
      destroys: taken.some(({ detail }) => detail.kind === 'port'),
    },
  ]
}
