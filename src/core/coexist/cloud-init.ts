import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, type Managed } from './managed.js'

/** cloud-init's generator (ds-identify) writes this file at boot where cloud-init runs. */
const ENABLED = '/run/cloud-init/enabled'

/** The files that cloud-init writes for networkd, NetworkManager, netplan and ifupdown. */
const WRITTEN = /\/(10-cloud-init-[^/]*|50-cloud-init(\.[^/]*)?|cloud-init-[^/]*\.nmconnection)$/

/** `network: {config: disabled}`, on one line or two. */
const DISABLED = /^network:\s*\{?\s*config:\s*["']?disabled\b/m

const REMEDY = '/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg'

/**
 * Links of demarc in the files that cloud-init writes at every boot. There is no conflict where it does not
 * run, or where its network part is disabled.
 */
export function judgeCloudInit(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const files = facts.files
  const runs = files.some(({ path }) => path === ENABLED)
  const settings = files.filter(({ path }) => path.startsWith('/etc/cloud/'))
  if (!runs || settings.some(({ text }) => DISABLED.test(text))) return []
  const ourNames = new Set<string>(ours.links.map(({ name }) => name))
  const named = files
    .filter(({ path }) => WRITTEN.test(path))
    .flatMap(({ path, text }) => ifnamesIn(text, ourNames).map((name) => ({ path, name })))
  if (named.length === 0) return []
  const names = [...new Set(named.map(({ name }) => name))]
  const paths = [...new Set(named.map(({ path }) => path))]
  return [
    {
      code: 'CLOUD_INIT_NETWORK',
      at: paths[0] ?? '',
      message: `cloud-init writes ${listed(names)} into ${listed(paths)} at every boot and overwrites manual changes there: write "network: {config: disabled}" into ${REMEDY}, then remove ${names.length === 1 ? 'it' : 'them'} from that file.`,
      destroys: false,
    },
  ]
}

/** The names that the text contains as whole words. */
function ifnamesIn(text: string, names: ReadonlySet<string>): readonly string[] {
  return [...new Set(text.split(/[^A-Za-z0-9._-]+/))].filter((word) => names.has(word))
}
