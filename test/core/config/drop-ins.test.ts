import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { attempt } from '../../../src/core/base/attempt.js'
import type { Result } from '../../../src/core/base/result.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import { parseHubSettings } from '../../../src/core/config/hub-file.js'
import { overlayToml, ownerOf } from '../../../src/core/toml/layers.js'
import { readSettingsFiles } from '../../../src/edge/host/files/settings-files.js'

const MAIN = '[agent]\nid = "r1"\n[ports]\nmanage = ["a", "b"]\n[log]\nlevel = "info"\n'

const faults = (result: Result<unknown>) =>
  result.ok ? [] : result.faults.map(({ code, at }) => `${code} ${at}`)

/** The settings of the main file with these drop-ins, in this order. */
const agent = (...texts: readonly string[]) =>
  parseAgentSettings(
    MAIN,
    'demarc.toml',
    texts.map((text, i) => ({ file: `demarc.toml.d/${i + 1}.toml`, text })),
  )

t.test('tables are merged, the last value holds, and a list replaces a list', async (t) => {
  const hub = '[hub]\nurls = ["wss://h/agent"]\ntoken_file = "/t"\n'
  t.match(agent(`[ports]\nmanage = ["c"]\n${hub}`, '[log]\nlevel = "debug"\n'), {
    value: {
      agent: { id: 'r1' },
      ports: { manage: ['c'] },
      hub: { urls: ['wss://h/agent'] },
      log: { level: 'debug' },
    },
  })
  t.match(agent('log.level = "warn"', 'log.level = "error"', ''), {
    value: { log: { level: 'error' } },
  })
})

t.test(
  'a drop-in is as strict as the main file, and a fault names the file of its cause',
  async (t) => {
    t.strictSame(faults(agent('\n[ports]\nmanaged = []\n')), [
      'CONFIG_UNKNOWN_KEY demarc.toml.d/1.toml:3 ports.managed',
    ])
    t.strictSame(faults(agent('', '[log]\nlevel = "loud"\n')), [
      'CONFIG_VALUE demarc.toml.d/2.toml:2 log.level',
    ])
    t.strictSame(faults(agent('[log\n', 'x = \n')), [
      'CONFIG_SYNTAX demarc.toml.d/1.toml:1:5',
      'CONFIG_SYNTAX demarc.toml.d/2.toml:1:5',
    ])
    t.strictSame(
      faults(agent('[hub]\nurls = ["wss://h/agent"]\n', '[log]\n')),
      ['CONFIG_VALUE demarc.toml.d/1.toml:1 hub.token_file'],
      'a key that is missing: the file with the table',
    )
    const routers =
      '[[routers]]\nid = "a"\ntoken_file = "/a"\n[[routers]]\nid = "b"\ntoken_file = "/b"\n'
    const lists = parseHubSettings(routers, 'hub.toml', [
      { file: 'new.toml', text: '\n\n[[routers]]\nid = "c"\n' },
    ])
    t.strictSame(
      faults(lists),
      ['CONFIG_VALUE new.toml:3 routers[0].token_sha256'],
      'of the list that holds',
    )
  },
)

const key = fc.constantFrom('a', 'b', '__proto__', 'constructor')
const document = fc.letrec<{ table: object; value: unknown }>((tie) => ({
  table: fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  value: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.array(fc.integer()), tie('table')),
})).table

/** The paths of a document to what is no table. */
function leaves(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? Object.getOwnPropertyDescriptor(found, key)?.value
        : undefined,
    value,
  )

t.test('each value of the merged document is that of the last document that has it', async (t) => {
  const documents = fc.array(document, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(documents, (documents) => {
      const merged = documents.reduce<unknown>(overlayToml, {})
      for (const path of leaves(merged).filter((path) => path.length > 0)) {
        const owner = ownerOf(documents, path)
        t.strictSame(valueAt(documents[owner], path), valueAt(merged, path))
        const later = documents.slice(owner + 1).map((document) => valueAt(document, path))
        if (later.some((value) => value !== undefined)) throw new Error(JSON.stringify(path))
      }
      return Object.getPrototypeOf(merged) === Object.prototype
    }),
  )
})

t.test(
  'files are read in the order of their names; other names, and too much, are refused',
  async (t) => {
    const dir = t.testdir({ 'demarc.toml': MAIN })
    const main = join(dir, 'demarc.toml')
    const read = () => attempt(() => readSettingsFiles(main))
    t.match(await read(), { value: { text: MAIN, dropIns: [] } }, 'the directory need not exist')
    mkdirSync(`${main}.d`)
    const drop = (name: string, text: string) => writeFileSync(join(`${main}.d`, name), text)
    for (const name of ['9.toml', '10.toml', 'B.toml', 'a.toml', '.a.toml', 'a.toml~', 'README']) {
      drop(name, `# ${name}`)
    }
    t.match(await read(), {
      value: { dropIns: ['10', '9', 'B', 'a'].map((name) => ({ text: `# ${name}.toml` })) },
    })
    drop('a b.toml', '')
    t.match(await read(), {
      faults: [{ code: 'CONFIG_UNREADABLE', at: `${main}.d`, message: /"a b\.toml"/ }],
    })
    const many = join(t.testdir({ 'demarc.toml': MAIN, 'demarc.toml.d': {} }), 'demarc.toml')
    for (let i = 0; i < 65; i += 1) writeFileSync(join(`${many}.d`, `${i}.toml`), '')
    t.match(await attempt(() => readSettingsFiles(many)), {
      faults: [{ message: /65.*at most 64/ }],
    })
    const large = `#${' '.repeat(1024 * 1024)}\n`
    const dropIns = Object.fromEntries([1, 2, 3, 4].map((i) => [`${i}.toml`, large]))
    const big = join(t.testdir({ 'demarc.toml': MAIN, 'demarc.toml.d': dropIns }), 'demarc.toml')
    t.match(await attempt(() => readSettingsFiles(big)), {
      faults: [{ message: /more than 4194304/ }],
    })
  },
)
