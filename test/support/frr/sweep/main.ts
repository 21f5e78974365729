import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { frrPrograms } from '../isolated-frr.js'
import { SCENES } from './baseline.js'
import { openSweep, type SweepResult } from './sweep.js'

/**
 * `npm run sweep -- --frr 8.4|10.3|10.7 [--only PATTERN] [--json FILE]`: types every setting that FRR lists, one at a
 * time, over what is demarc's, and does what demarc would do. `--only` takes a regular expression for
 * `PLACE: STATEMENT`.
 */
const { values } = parseArgs({
  options: { frr: { type: 'string' }, only: { type: 'string' }, json: { type: 'string' } },
})

const PROGRESS_EVERY = 200

function counts(results: readonly SweepResult[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const { verdict } of results) found[verdict] = (found[verdict] ?? 0) + 1
  return found
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<number> {
  process.env['DEMARC_FRR'] = values.frr ?? '8.4'
  const [program] = frrPrograms()
  if (program === undefined) throw new Error('there is no FRR here')
  const only = new RegExp(values.only ?? '')
  const sweep = await openSweep(program)
  const results: SweepResult[] = []
  const started = performance.now()
  try {
    for (const scene of SCENES) {
      const cases = (await sweep.cases(scene)).filter(({ place, statement }) =>
        only.test(`${place.name}: ${statement}`),
      )
      for (const [i, one] of cases.entries()) {
        const result = await sweep.run(one)
        results.push(result)
        if (result.verdict === 'fault') say(JSON.stringify(result))
        if ((i + 1) % PROGRESS_EVERY === 0) {
          say(`${scene}: ${i + 1} of ${cases.length}: ${JSON.stringify(counts(results))}`)
        }
      }
    }
  } finally {
    await sweep.close()
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  const summary = { frr: program.version, statements: results.length, ...counts(results), seconds }
  say(JSON.stringify(summary))
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ ...summary, results }, null, 1)}\n`)
  }
  return results.some(({ verdict }) => verdict === 'fault') ? 1 : 0
}

process.exitCode = await main()
