import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import t from 'tap'

interface Room {
  readonly purpose: string
  readonly rooms: readonly string[]
  readonly packages: readonly string[]
  readonly node: boolean
}

const table = (await import(pathToFileURL('scripts/rooms.mjs').href)) as {
  readonly rooms: Readonly<Record<string, Room>>
  readonly floors: readonly { readonly rooms: readonly string[] }[]
}

/** Folders with files, one level below a floor or the assembly itself. */
function foldersOfSource(): string[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  const rooms = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) =>
      file
        .split('/')
        .slice(0, /^(core|edge)\//.test(file) ? 2 : 1)
        .join('/'),
    )
  return [...new Set(rooms)].sort()
}

t.test('the table names the rooms that exist, and no others', (t) => {
  t.same(Object.keys(table.rooms).sort(), foldersOfSource())
  t.same(table.floors.flatMap(({ rooms }) => rooms).sort(), Object.keys(table.rooms).sort())
  t.end()
})

t.test('no room may import what stands above it, and hub and agent never meet', (t) => {
  for (const [room, { rooms }] of Object.entries(table.rooms)) {
    const above = room.startsWith('core/') ? /^(edge|agent|hub|cli)/ : /^(agent|hub|cli)$/
    t.notOk(
      rooms.some((name) => above.test(name)),
      room,
    )
  }
  t.end()
})

t.test('a stage imports no other stage; only the contract may be shared', (t) => {
  const shared = new Set(['core/base', 'core/model', 'core/wire'])
  for (const [room, { rooms, node }] of Object.entries(table.rooms)) {
    if (!room.startsWith('core/')) continue
    t.notOk(node, `${room} has no Node modules`)
    t.same(
      rooms.filter((name) => !shared.has(name)),
      [],
      room,
    )
  }
  t.end()
})

t.test('every package of a room is one the project depends on', (t) => {
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
