import { fault, type Fault } from '../../core/base/fault.js'

/** What `FACTS_SCRIPT` finds out about a router, before anything is changed. */
export interface PlatformFacts {
  readonly os: string
  readonly osVersion: string
  /** Name of process 1. */
  readonly init: string
  /** Such as `v20.19.0`; empty: Node is not installed. */
  readonly node: string
  /** As `bgpd --version` prints it; empty: FRR is not installed. */
  readonly frr: string
  readonly uid: string
}

/** The search path of systemd's services: what is not found here, `demarcd.service` cannot find either. */
const SERVICE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Changes nothing and needs no privilege. */
export const FACTS_SCRIPT = `
PATH=${SERVICE_PATH}
[ -r /etc/os-release ] && . /etc/os-release
echo "os=$ID"
echo "osVersion=$VERSION_ID"
echo "init=$(cat /proc/1/comm)"
echo "node=$(node --version 2>/dev/null)"
echo "frr=$(/usr/lib/frr/bgpd --version 2>/dev/null | sed -n '1s/.* //p')"
echo "uid=$(id -u)"
`

/** Reads `name=value` lines; a fact that is missing is empty. */
export function parseFacts(text: string): PlatformFacts {
  const facts = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) facts.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  const get = (name: keyof PlatformFacts): string => facts.get(name) ?? ''
  return {
    os: get('os'),
    osVersion: get('osVersion'),
    init: get('init'),
    node: get('node'),
    frr: get('frr'),
    uid: get('uid'),
  }
}

/** The Debian releases that the tests run on. */
const DEBIAN = ['12', '13']
const NODE_MIN = [20, 19]
const FRR_MIN = [8, 4]

/** Every reason why demarc cannot run on the router, each with its remedy; empty: it can. */
export function judgePlatform(facts: PlatformFacts, place: string): Fault[] {
  const messages = [
    facts.os === 'debian' && DEBIAN.includes(facts.osVersion)
      ? ''
      : `runs ${`${facts.os} ${facts.osVersion}`.trim() || 'an unknown system'}; demarc needs Debian ${DEBIAN.join(' or ')}`,
    facts.init === 'systemd'
      ? ''
      : `process 1 is ${facts.init || 'unknown'}, not systemd: the agent is a systemd service`,
    atLeast(facts.node, NODE_MIN)
      ? ''
      : `Node is ${facts.node || 'missing'}; demarc needs ${NODE_MIN.join('.')} or newer in ${SERVICE_PATH}`,
    atLeast(facts.frr, FRR_MIN)
      ? ''
      : `FRR is ${facts.frr || 'missing'}; demarc needs ${FRR_MIN.join('.')} or newer: apt-get install frr`,
  ]
  return messages
    .filter((message) => message !== '')
    .map((message) => fault('PLATFORM_UNSUPPORTED', place, message))
}

function atLeast(version: string, least: readonly number[]): boolean {
  const found = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number)
  if (found === undefined) return false
  const [major = 0, minor = 0] = found
  const [needMajor = 0, needMinor = 0] = least
  return major > needMajor || (major === needMajor && minor >= needMinor)
}
