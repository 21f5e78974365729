import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, type Managed } from './managed.js'

const FRR = 'frr.service'

/** Programs that write FRR's configuration whole, and take out what they do not know. */
const OWNERS: ReadonlyMap<string, string> = new Map([
  ['nvued.service', 'NVUE'],
  ['vyos-configd.service', 'the configuration daemon of VyOS'],
  ['vyos-router.service', 'VyOS'],
])

/** Where a second writer starts from; FRR's own unit and its drop-ins are not one. */
const STARTS = /^\/etc\/(crontab$|cron\.|systemd\/system\/(?!frr[@.]))/

/** Loads a file into FRR or configures it: frr-reload, `vtysh -b`, `vtysh -f`, `vtysh -c 'conf t'`. */
const WRITES = /frr-reload|frrinit\.sh\s+reload|\bvtysh\s+(\S+\s+)*?(-b\b|-f\b|-c\s*["']?conf)/

/** The integrated file, or bgpd's own where there is none. */
const SAVED = ['/etc/frr/frr.conf', '/etc/frr/bgpd.conf']

/**
 * Who else writes FRR's configuration, what starts FRR without it, and a file on disk that lacks
 * demarc's neighbours.
 */
export function judgeFrrWriters(facts: HostFacts, ours: Managed): readonly Conflict[] {
  return [...owners(facts), ...starters(facts), ...lost(facts, ours)]
}

function owners(facts: HostFacts): readonly Conflict[] {
  return facts.units.flatMap((unit) => {
    const name = OWNERS.get(unit)
    if (name === undefined) return []
    return [
      otherWriter(
        unit,
        `${name} writes FRR's configuration whole (${unit}) and takes out what demarc made: let one of the two have FRR, systemctl disable --now ${unit}.`,
      ),
    ]
  })
}

function starters(facts: HostFacts): readonly Conflict[] {
  const files = facts.files
    .filter(({ path, text }) => STARTS.test(path) && lines(text).some((line) => WRITES.test(line)))
    .map(({ path }) => path)
  if (files.length === 0) return []
  return [
    otherWriter(
      files[0] ?? '',
      `${listed(files)} loads configuration into FRR beside demarc, and frr-reload takes out what its file does not have: remove it, or make it leave BGP alone.`,
    ),
  ]
}

/** Octets of a line that are looked at; a command is shorter, and a pattern must end. */
const LINE_LOOKED_AT = 1000

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .map((line) => line.slice(0, LINE_LOOKED_AT))
}

function otherWriter(at: string, message: string): Conflict {
  return { code: 'FRR_OTHER_WRITER', at, message, destroys: false }
}

/** Neighbours that FRR has now and would not have after `systemctl reload frr` or a restart. */
function lost(facts: HostFacts, ours: Managed): readonly Conflict[] {
  if (!ours.saved || !facts.units.includes(FRR)) return []
  const file = SAVED.map((path) => facts.files.find((one) => one.path === path)).find(
    (one) => one !== undefined,
  )
  if (file === undefined) return []
  const there = new Set(
    lines(file.text).flatMap((line) => /^\s*neighbor (\S+) /.exec(line)?.[1] ?? []),
  )
  const missing = ours.neighbors.filter((address) => !there.has(address))
  if (missing.length === 0) return []
  return [
    {
      code: 'FRR_FILE_DIFFERS',
      at: file.path,
      message: `${file.path} does not have ${listed(missing)}, which FRR runs: another program or hand wrote it, and systemctl reload frr would end these sessions. Find the writer, then run vtysh -c "write memory".`,
      destroys: false,
    },
  ]
}
