import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

interface Room {
  readonly purpose: string
  readonly rooms: readonly string[]
  readonly packages: readonly string[]
  readonly node: boolean
}

const table = (await import(pathToFileURL('scripts/checks/rooms.mjs').href)) as {
  readonly rooms: Readonly<Record<string, Room>>
  readonly floors: readonly { readonly rooms: readonly string[] }[]
  readonly flatVocabularies: readonly string[]
  readonly FILES_MAX: number
  readonly VOCABULARY_FILES_MAX: number
}

/** The number of source files in each folder under `src/`. */
function filesByFolder(): Map<string, number> {
  const found = new Map<string, number>()
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const folder = dirname(file)
    found.set(folder, (found.get(folder) ?? 0) + 1)
  }
  return found
}

/** The stage or program of a room: `core/frr` for `core/frr/read`, `agent` for `agent/change`. */
function familyOf(room: string): string {
  return room
    .split('/')
    .slice(0, /^(core|edge)\//.test(room) ? 2 : 1)
    .join('/')
}

t.test('the table names the rooms that exist, and no others', (t) => {
  t.same(Object.keys(table.rooms).sort(), [...filesByFolder().keys()].sort())
  t.same(table.floors.flatMap(({ rooms }) => rooms).sort(), Object.keys(table.rooms).sort())
  t.end()
})

t.test('a room holds few files', (t) => {
  for (const [folder, count] of filesByFolder()) {
    const flat = table.flatVocabularies.includes(folder)
    const limit = flat ? table.VOCABULARY_FILES_MAX : table.FILES_MAX
    t.ok(count <= limit, `${folder} holds ${count} files; the limit is ${limit}`)
  }
  t.end()
})

t.test('imports between rooms have no cycle', (t) => {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of table.rooms[from]?.rooms ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      reachable(next, seen)
    }
    return seen
  }
  for (const room of Object.keys(table.rooms)) t.notOk(reachable(room).has(room), room)
  t.end()
})

t.test('no room imports a room above it, and no program imports another program', (t) => {
  const programs = ['agent', 'hub', 'cli']
  for (const [room, { rooms }] of Object.entries(table.rooms)) {
    const own = familyOf(room)
    for (const name of rooms) {
      const family = familyOf(name)
      if (programs.includes(family)) t.equal(family, own, `${room} imports ${name}`)
      if (room.startsWith('core/')) t.match(name, /^core\//, `${room} imports ${name}`)
    }
  }
  t.end()
})

t.test(
  'a stage of the core imports no other stage; `core/router` and `core/judged` join them',
  (t) => {
    const shared = [
      ...['core/base', 'core/cable', 'core/keyed', 'core/light', 'core/model', 'core/routes'],
      ...['core/toml', 'core/traffic', 'core/wire'],
    ]
    const joining = ['core/router', 'core/judged']
    for (const [room, { rooms, node }] of Object.entries(table.rooms)) {
      if (!room.startsWith('core/')) continue
      t.notOk(node, `${room} has no Node modules`)
      if (joining.includes(room)) continue
      const others = rooms.filter((name) => familyOf(name) !== familyOf(room))
      t.same(
        others.filter((name) => !shared.includes(name)),
        [],
        room,
      )
    }
    t.end()
  },
)

t.test('every package of a room is a dependency in package.json, and the reverse', (t) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>
  }
  const used = new Set(Object.values(table.rooms).flatMap(({ packages }) => packages))
  t.same([...used].sort(), Object.keys(dependencies).sort())
  t.end()
})

t.test('the scripts for the shell are free of syntax errors', (t) => {
  for (const file of ['scripts/test', 'scripts/prepare', '.ci/run']) {
    t.equal(spawnSync('bash', ['-n', file]).status, 0, file)
  }
  t.end()
})
