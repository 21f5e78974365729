import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, type Managed } from './managed.js'

const FRR = 'frr.service'

/** Programs that write the whole configuration of FRR and remove what they did not write. */
const OWNERS: ReadonlyMap<string, string> = new Map([
  ['nvued.service', 'NVUE'],
  ['vyos-configd.service', 'the configuration daemon of VyOS'],
  ['vyos-router.service', 'VyOS'],
])

/** Files that can start another writer. FRR's own unit and its drop-ins are left out. */
const STARTS = /^\/etc\/(crontab$|cron\.|systemd\/system\/(?!frr[@.]))/

/** Commands that configure FRR: frr-reload, `vtysh -b`, `vtysh -f`, `vtysh -c 'conf t'`. */
const WRITES = /frr-reload|frrinit\.sh\s+reload|\bvtysh\s+(\S+\s+)*?(-b\b|-f\b|-c\s*["']?conf)/

/** The integrated configuration file, else bgpd's own. */
const SAVED = ['/etc/frr/frr.conf', '/etc/frr/bgpd.conf']

/**
 * Other programs that write FRR's configuration, files that start a command which does, and a
 * configuration file that lacks demarc's neighbours.
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
        `${name} writes the whole configuration of FRR (${unit}) and removes what demarc made. Only one of the two can manage FRR: for demarc, run systemctl disable --now ${unit}.`,
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
      `${listed(files)} loads configuration into FRR beside demarc, and frr-reload removes what its file does not have: remove that command, or make it leave BGP alone.`,
    ),
  ]
}

/** Characters of a line that are matched. Commands are shorter; the limit bounds the time of a match. */
const LINE_MAX = 1000

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .map((line) => line.slice(0, LINE_MAX))
}

function otherWriter(at: string, message: string): Conflict {
  return { code: 'FRR_OTHER_WRITER', at, message, destroys: false }
}

/** Neighbours that FRR has now and would lose with `systemctl reload frr` or a restart. */
function lost(facts: HostFacts, ours: Managed): readonly Conflict[] {
  if (!ours.saved || !facts.units.includes(FRR)) return []
  const file = SAVED.map((path) => facts.files.find((saved) => saved.path === path)).find(
    (saved) => saved !== undefined,
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
      message: `${file.path} does not have ${listed(missing)}, which FRR runs: another program or a person wrote the file, and systemctl reload frr would end these sessions. Find out who wrote it, then run vtysh -c "write memory".`,
      destroys: false,
    },
  ]
}
