/**
 * `npm run light -- [--seed S] [--years N] [--circuits N]`: years of synthetic readings with a known answer, and what
 * the memory of light makes of them. Prints a row of the table in `docs/optics.md` for each kind of circuit.
 */
import { parseArgs } from 'node:util'
import { kindsOf, measure } from './measure.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    years: { type: 'string', default: '3' },
    circuits: { type: 'string', default: '20' },
  },
})
for (const kind of kindsOf(Number(values.years))) {
  const figures = measure(kind, Number(values.circuits), Number(values.seed))
  const { circuits, found, delay, longest, falseAlarms, endsRight, endError } = figures
  const unit = kind.unit === 'minutes' ? 'min' : 'd'
  const after = delay === null ? '–' : `${delay} ${unit} (${longest ?? ''} ${unit})`
  const ends = endsRight === null ? '–' : `${endsRight}, ${endError ?? ''} d`
  const cells = [figures.kind, `${found} of ${circuits}`, after, `${falseAlarms}`, ends]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
