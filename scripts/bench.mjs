/**
 * `npm run bench [NAME...] [-- --json FILE]`: measures demarc and its rivals in one run and prints a table.
 * NAME is `vlans`, `cut`, `idle`, `rollback`, `ecmp` (in the lab's guest), `look` or `neighbours`; without a name all run. FILE gets
 * the rows as JSON. `docs/performance.md` has the figures and explains what is counted.
 */
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const GUEST = ['scripts/lab', 'run', '--timeout', '2400', '--', 'node']

/** The command that runs each benchmark, in the guest or on this machine. */
const BENCHES = {
  vlans: GUEST,
  neighbours: ['node'],
  cut: GUEST,
  idle: GUEST,
  look: ['node'],
  rollback: GUEST,
  ecmp: GUEST,
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

execFileSync('scripts/lab', ['build'], { stdio: 'inherit' })
const rows = []
for (const name of names) {
  console.error(`==> ${name}`)
  await run([...BENCHES[name], `.cache/lab/bench-${name}.js`])
}
console.table(
  rows.map(({ name, ours, rival, ratio, unit }) => ({ name, ours, rival, ratio, unit })),
)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
if (rows.length === 0) process.exitCode = 1

/** Prints each row when it arrives, because some rivals take half an hour. */
async function run([program, ...words]) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const status = new Promise((resolve) => child.once('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    console.error(line)
    rows.push(JSON.parse(line))
  }
  if ((await status) !== 0) process.exitCode = 1
}
