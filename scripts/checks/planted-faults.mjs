/**
 * One known fault for each checker and each rule that this project leans on. `scripts/checks/prove.mjs`
 * plants them in a copy of the tree and expects the checker to name the file.
 */

const lines = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join('\n')

/** A pure room's file with one statement that is not pure. */
const impure = (statement) => `/** Planted. */\nexport function planted() {\n  ${statement}\n}\n`

/**
 * `run` is the npm script. `files` are planted together, and the output must name every one of them
 * (or `says`, where the checker speaks of something else). `commits` are messages of empty commits in a
 * repository of their own.
 */
export const faults = [
  {
    run: 'words',
    why: 'a retired word in a name, in a comment and on a page',
    files: {
      'src/core/base/planted-name.ts': 'export const hubDeaf = 1\n',
      'src/core/base/planted-comment.ts': '/** Whoever asks. */\nexport const planted = 1\n',
      'docs/planted-page.md': 'The change is gone back.\n',
    },
  },
  {
    run: 'commits',
    why: 'a commit without a room and without a reason',
    commits: ['docs: first\n\nThe oldest commit is not checked.', 'Planted a thing.'],
    says: [/not `room: imperative phrase`/, /ends with a period/, /no body says why/],
  },
  {
    run: 'format:check',
    why: 'a file that is not formatted',
    files: { 'src/core/base/planted.ts': 'export const   planted = "x";\n' },
  },
  {
    run: 'names',
    why: 'one public name in two files of a room',
    files: {
      'src/core/base/planted-one.ts': 'export const plantedName = 1\n',
      'src/core/base/planted-two.ts': 'export interface plantedName {}\n',
    },
  },
  {
    run: 'generated',
    why: 'a drawing of rooms that is stale',
    edit: { 'docs/architecture.md': (text) => text.replace('| `core/base`', '| `core/base/`') },
    says: /architecture\.md/,
  },
  {
    run: 'generated',
    why: 'a JSON Schema that is stale',
    edit: { 'docs/schemas/intent.schema.json': (text) => text.replace('4094', '4095') },
    says: /intent\.schema\.json is stale/,
  },
  {
    run: 'contract',
    why: 'an AsyncAPI page that leads nowhere, a schema with a keyword that is none',
    edit: {
      'docs/asyncapi.json': (text) => text.replace('/$defs/hub.hello.params', '/$defs/none'),
      'docs/schemas/intent.schema.json': (text) => text.replace('"minimum"', '"minimun"'),
    },
    says: [/no-unresolved-refs/, /intent\.schema\.json/],
  },
  {
    run: 'walls',
    why: 'a stage that imports another, Node in the core, hub that imports the agent, a cycle',
    files: {
      'src/core/links/planted-stage.ts': "import '../frr/planted-node.js'\n",
      'src/core/frr/planted-node.ts': "import 'node:fs'\n",
      'src/core/model/planted-type.ts':
        "import type * as z from 'zod'\nexport type PlantedType = z.ZodType\n",
      'src/hub/planted-hub.ts': "import '../agent/planted-agent.js'\n",
      'src/agent/planted-agent.ts': "import './planted-cycle.js'\n",
      'src/agent/planted-cycle.ts': "import './planted-agent.js'\n",
      'src/attic/planted-room.ts': 'export const planted = 1\n',
    },
  },
  {
    run: 'walls',
    why: 'a cruise that read fewer modules than there are',
    edit: {
      '.dependency-cruiser.mjs': (text) =>
        text.replace('doNotFollow:', "exclude: { path: '^src/core/' },\n    doNotFollow:"),
    },
    says: /the check did not run/,
  },
  {
    run: 'lint',
    why: 'what a pure room may not touch',
    files: {
      'src/core/links/planted-date.ts': impure('return new Date()'),
      'src/core/links/planted-process.ts': impure('return process.pid'),
      'src/core/links/planted-timer.ts': impure('setTimeout(planted, 1)'),
      'src/core/links/planted-random.ts': impure('return Math.random()'),
      'src/core/links/planted-console.ts': impure("console.log('x')"),
      'src/core/links/planted-buffer.ts': impure('return Buffer.alloc(1)'),
    },
  },
  {
    run: 'lint',
    why: 'any, floating promises, default exports, too long, too deep, too wide',
    files: {
      'src/cli/planted-any.ts': 'export function planted(x: any) {\n  return x\n}\n',
      'src/cli/planted-float.ts':
        "import { readFile } from 'node:fs/promises'\nexport function planted() {\n  readFile('x')\n}\n",
      'src/cli/planted-async.ts':
        'export function planted(on: { on(name: string, listener: () => void): void }) {\n' +
        "  on.on('x', async () => {\n    await Promise.resolve()\n  })\n}\n",
      'src/cli/planted-default.ts': 'export default 1\n',
      'src/cli/planted-long.ts': `${lines(301, (i) => `export const planted${i} = ${i}`)}\n`,
      'src/cli/planted-screen.ts': `export function planted(list: number[]) {\n${lines(
        61,
        (i) => `  list.push(${i})`,
      )}\n}\n`,
      'src/cli/planted-wide.ts':
        'export function planted(a: 1, b: 1, c: 1, d: 1, e: 1) {\n  return [a, b, c, d, e]\n}\n',
      'src/cli/planted-deep.ts': `export function planted(x: number) {\n${lines(
        10,
        (i) => `  if (x === ${i}) return ${i + 1}`,
      )}\n  return 0\n}\n`,
      'test/core/base/planted-rejects.test.ts':
        "import t from 'tap'\nawait t.test('x', async (t) => {\n  t.rejects(Promise.resolve())\n" +
        '  await Promise.resolve()\n})\n',
    },
  },
  {
    run: 'lint',
    why: 'mutable module state, an assertion by way of unknown, a barrel, a checker switched off, a record that drops a key',
    files: {
      'src/core/wire/planted-record.ts':
        "import * as z from 'zod'\n/** Planted. */\nexport const Planted = z.record(z.string(), z.string())\n",
      'src/cli/planted-let.ts': 'export let planted = 1\n',
      'src/cli/planted-cast.ts': 'export const planted = 1 as unknown as string\n',
      'src/cli/planted-barrel.ts': "export * from './command/exit.js'\n",
      'src/cli/planted-quiet.ts': '// oxlint-disable-next-line\nexport const planted = 1\n',
    },
  },
  {
    run: 'dead',
    why: 'a file nobody imports, an export nobody uses, a package nobody needs',
    files: { 'src/core/base/planted-dead.ts': 'export const planted = 1\n' },
    edit: {
      'src/core/base/never.ts': (text) => `${text}\nexport const plantedUnused = 1\n`,
      'package.json': (text) =>
        text.replace('"dependencies": {', '"dependencies": {\n    "planted-package": "1.0.0",'),
    },
    says: [/planted-dead\.ts/, /plantedUnused/, /planted-package/],
  },
  {
    run: 'types',
    why: 'a wrong type in src',
    files: { 'src/core/base/planted.ts': "export const planted: number = 'x'\n" },
  },
  {
    run: 'types',
    why: 'a wrong type in test, which the test runner itself would not see',
    files: { 'test/core/base/planted.test.ts': "export const planted: number = 'x'\n" },
  },
]
