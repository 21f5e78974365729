/**
 * `npm run scenarios [-- NAME...] [--frr 8.4|10.3]`: makes the modes of the providers, each in a fresh guest and on
 * both versions of FRR, prints each cell as it is done and a matrix at the end, and writes the matrix to
 * `docs/providers/`. NAME is the beginning of `provider/mode`; none means all.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { merged, readMatrix, rowsOf, shortMatrix, writeMatrix } from './scenarios/matrix.mjs'

const MAIN = '.cache/lab/providers.js'
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { frr: { type: 'string', multiple: true, default: ['8.4', '10.3'] } },
})

execFileSync('scripts/lab', ['build'], { stdio: ['ignore', 2, 2] })
const listed = execFileSync(process.execPath, [MAIN, '--list'], { encoding: 'utf8' })
const modes = linesOf(listed).map(({ provider, mode, says }) => [`${provider}/${mode}`, says])
const chosen = modes.filter(
  ([name]) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
)
if (chosen.length === 0) {
  console.error(`no mode is called ${positionals.join(' or ')}; there are ${modes.join(', ')}`)
  process.exit(64)
}

const runs = values.frr.flatMap((frr) => chosen.map(([name]) => ({ name, frr })))
let rows = readMatrix()
const fresh = []
for (const [i, { name, frr }] of runs.entries()) {
  console.error(`==> ${i + 1} of ${runs.length}: ${name} on FRR ${frr}`)
  const lines = await run(name, frr)
  fresh.push(...rowsOf(lines, new Date().toISOString().slice(0, 10)))
  // Written after each mode, so that a run that is ended early keeps what it has.
  rows = merged(rows, fresh)
  await writeMatrix(rows, new Map(modes))
}
console.log(shortMatrix(fresh))
if (fresh.length < runs.length) process.exitCode = 1

async function run(name, frr) {
  const out = `.cache/lab-out/modes/${name}-${frr}`
  const lab = ['run', '--timeout', '900', '--memory', '4096', '--out', out, '--']
  const program = ['node', '--enable-source-maps', MAIN, name, '--frr', frr]
  const child = spawn('scripts/lab', [...lab, ...program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) {
    for (const result of linesOf(line)) {
      const { cell, passed, text, seconds } = result
      console.error(`    ${passed ? 'ok    ' : 'FAILED'} ${cell}, ${seconds} s: ${text}`)
      lines.push(result)
    }
  }
  if ((await ended) !== 0) process.exitCode = 1
  return lines
}

function linesOf(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}
