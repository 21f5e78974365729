/**
 * `npm run bench [NAME...] [-- --json FILE]`: demarc and its rival in one run, as a ratio.
 * NAME is `vlans`, `idle`, `undo` (in the lab's guest) or `neighbours`; none means all. The table is for
 * people, FILE gets the rows as JSON. `docs/performance.md` has the figures and what is counted.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const GUEST = ['scripts/lab', 'run', '--timeout', '2400', '--', 'node']
const BENCHES = {
  vlans: [[...GUEST, 'scripts/bench/vlans.mjs']],
  neighbours: [['node', 'scripts/bench/neighbours.mjs']],
  idle: compiled('idle'),
  undo: compiled('undo'),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, help: { type: 'boolean', default: false } },
})
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
const unknown = names.filter((name) => !(name in BENCHES))
if (values.help || unknown.length > 0) {
  console.error(`usage: npm run bench [${Object.keys(BENCHES).join('|')}] [-- --json FILE]`)
  process.exit(values.help ? 0 : 64)
}

const rows = names.flatMap((name) => {
  console.error(`==> ${name}`)
  return BENCHES[name].flatMap((command) => (process.exitCode === 1 ? [] : rowsOf(command)))
})
console.table(
  rows.map(({ name, ours, rival, ratio, unit }) => ({ name, ours, rival, ratio, unit })),
)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
if (rows.length === 0) process.exitCode = 1

/** These share the lab's own helpers, which are compiled before the guest starts. */
function compiled(name) {
  return [
    ['scripts/lab', 'build'],
    [...GUEST, `.cache/lab/test/lab/bench/${name}.js`],
  ]
}

function rowsOf([program, ...words]) {
  const { status, stdout } = spawnSync(program, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) process.exitCode = 1
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}
