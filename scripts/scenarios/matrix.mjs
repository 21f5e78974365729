/** What came of each cell of each mode, kept in `docs/providers/matrix.json` and shown in `docs/providers/matrix.md`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cell, formatted, table } from '../generate/text.mjs'

const DATA = 'docs/providers/matrix.json'
const PAGE = 'docs/providers/matrix.md'
const VERSIONS = ['8.4', '10.3']
/** Characters of a failure that the page shows. */
const FAILURE_MAX = 160
const CELLS = ['up', 'through', 'failover', 'limit', 'bad input', 'delete']

const INTRODUCTION = `# Modes, as they ran

\`npm run scenarios\` makes each mode of each provider in a fresh guest: a real kernel, virtual fibres, FRR 8.4 and 10.3 with
demarcd on the customer's router, and BIRD, GoBGP or plain FRR with the limits, timers and refusals of the provider at the
other end. It writes this page. \`npm run scenarios -- yandex/private --frr 10.3\` runs one mode on one version, and
replaces its row. \`test/lab/providers/NAME/MODE\` has the intents and the configurations.

| cell      | what is shown                                                                                                       |
| --------- | ------------------------------------------------------------------------------------------------------------------- |
| up        | from the push until the provider reports every session as established; afterwards nothing is wrong in the health    |
| through   | a host in the customer's network reaches each host of the provider, with the longest packet, and not with a longer one |
| failover  | a fibre is cut: the longest silence of one of the pings, which are 50 ms apart; or how long after mending all answer |
| limit     | the customer's network announces more than the provider takes: what it gets, and whether a session fell              |
| bad input | rules of the provider broken one by one and all at once: each refused by its id, no session falls                    |
| delete    | the provider leaves the intent: until its sessions have ended and its links and neighbours are gone                  |

The guest is emulated, so programs take 10 to 15 times as long as outside; what a cell shows is whether and how, not how fast.
`

export function readMatrix() {
  return existsSync(DATA) ? JSON.parse(readFileSync(DATA, 'utf8')) : []
}

/** The rows with these in place of older ones of the same mode and version. */
export function merged(rows, newer) {
  const key = ({ provider, mode, frr }) => `${provider} ${mode} ${frr}`
  const all = new Map([...rows, ...newer].map((row) => [key(row), row]))
  return [...all.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** One row of a mode on a version, from the lines that the guest printed. */
export function rowsOf(lines, date) {
  const rows = new Map()
  for (const { provider, mode, frr, cell: name, passed, text } of lines) {
    const key = `${provider} ${mode} ${frr}`
    const row = rows.get(key) ?? { provider, mode, frr, date, cells: {} }
    row.cells[name] = { passed, text }
    rows.set(key, row)
  }
  return [...rows.values()]
}

export async function writeMatrix(rows, says) {
  writeFileSync(DATA, await formatted(DATA, JSON.stringify(rows)))
  const modes = table(
    ['mode', 'what it is'],
    [...says].map(([name, text]) => [name, cell(text)]),
  )
  const body = table(
    ['mode', 'FRR', ...CELLS, 'date'],
    withMissing(rows, [...says.keys()]).map(({ provider, mode, frr, date, cells }) => [
      `${provider} ${mode}`,
      frr,
      ...CELLS.map((name) => shown(cells[name])),
      date,
    ]),
  )
  const page = `${INTRODUCTION}\n## Modes\n\n${modes}\n\n## Cells\n\n${body}\n`
  writeFileSync(PAGE, await formatted(PAGE, page))
}

/** With a row for each mode and version that has not run. */
function withMissing(rows, names) {
  const missing = names.flatMap((name) => {
    const [provider, mode] = name.split('/')
    return VERSIONS.map((frr) => ({ provider, mode, frr, date: '', cells: {} }))
  })
  return merged(missing, rows)
}

function shown(result) {
  if (result === undefined) return 'not run'
  return result.passed
    ? cell(result.text)
    : `**failed**: ${cell(result.text.slice(0, FAILURE_MAX))}`
}

/** The same for a terminal: one line a mode and version, a mark a cell. */
export function shortMatrix(rows) {
  const marks = rows.map(({ provider, mode, frr, cells }) => [
    `${provider} ${mode}`,
    frr,
    ...CELLS.map((name) =>
      cells[name] === undefined ? '-' : cells[name].passed ? 'ok' : 'FAILED',
    ),
  ])
  const lines = [['mode', 'FRR', ...CELLS], ...marks]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  return lines.map((line) => line.map((text, i) => text.padEnd(widths[i])).join('  ')).join('\n')
}
