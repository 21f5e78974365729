import type { HostFacts, HostFile } from '../model/host-facts.js'

/** systemd's directories; a file in an earlier one hides one of its name in a later one (systemd.network(5)). */
const PLACES = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd']

/** Files with that ending in one folder of systemd's directories, sorted by name; hidden ones are left out. */
export function layered(facts: HostFacts, folder: string, ends: string): readonly HostFile[] {
  const byName = new Map<string, HostFile>()
  for (const place of PLACES) {
    const dir = `${place}/${folder}/`
    for (const file of facts.files) {
      const name = file.path.slice(dir.length)
      if (!file.path.startsWith(dir) || name.includes('/') || !name.endsWith(ends)) continue
      if (!byName.has(name)) byName.set(name, file)
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file)
}

/** The text of a file followed by its drop-ins; empty where there are none of them. */
export function withDropIns(facts: HostFacts, file: HostFile | undefined, folder: string): string {
  const parts = layered(facts, folder, '.conf')
  return [file, ...parts].flatMap((part) => part?.text ?? []).join('\n')
}

/** The first of systemd's places that has a file of this name. */
export function firstOf(facts: HostFacts, name: string): HostFile | undefined {
  return PLACES.map((place) => facts.files.find(({ path }) => path === `${place}/${name}`)).find(
    (file) => file !== undefined,
  )
}
