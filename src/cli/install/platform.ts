import { fault, type Fault } from '../../core/base/fault.js'

/** What `FACTS_SCRIPT` finds out about a router, before anything is changed. */
export interface PlatformFacts {
  readonly os: string
  readonly osVersion: string
  /** Name of process 1. */
  readonly init: string
  /** Debian's name of the architecture, such as `amd64`. */
  readonly arch: string
  /** As `bgpd --version` prints it; empty: FRR is not installed. */
  readonly frr: string
  readonly uid: string
  /** `yes`: units of an installation without a package would hide those of the package. */
  readonly hidden: string
}

/** Changes nothing and needs no privilege. */
export const FACTS_SCRIPT = `
[ -r /etc/os-release ] && . /etc/os-release
echo "os=$ID"
echo "osVersion=$VERSION_ID"
echo "init=$(cat /proc/1/comm)"
echo "arch=$(dpkg --print-architecture 2>/dev/null)"
echo "frr=$(/usr/lib/frr/bgpd --version 2>/dev/null | sed -n '1s/.* //p')"
echo "uid=$(id -u)"
[ ! -e /etc/systemd/system/demarcd.service ] || echo "hidden=yes"
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
    arch: get('arch'),
    frr: get('frr'),
    uid: get('uid'),
    hidden: get('hidden'),
  }
}

/** The Debian releases that the tests run on. */
const DEBIAN = ['12', '13']
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
    // Without FRR, apt installs it with the package.
    facts.frr === '' || atLeast(facts.frr, FRR_MIN)
      ? ''
      : `FRR is ${facts.frr}; demarc needs ${FRR_MIN.join('.')} or newer: apt-get install frr`,
    facts.hidden === ''
      ? ''
      : 'has units of an installation without a package, which hide those of the package: remove demarcd.service, demarc-rollback.service and demarc-rollback.timer from /etc/systemd/system, then systemctl daemon-reload',
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
