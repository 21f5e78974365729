import { join } from 'node:path'
import t from 'tap'
import { MODES } from '../providers/modes.js'
import { runMode } from '../providers/run-mode.js'

/** The share of `npm run scenarios` that fits the suite: one mode on FRR 8.4. */

t.setTimeout(600_000)

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const mode = MODES.find(({ provider, name }) => provider === 'outscale' && name === 'interfaces')
if (mode === undefined) throw new Error('there is no such mode')

t.test(`${mode.provider} ${mode.name}: ${mode.says}`, async (t) => {
  await runMode(mode, '8.4', join(out, mode.name), ({ cell, passed, text }) => {
    t.ok(passed, `${cell}: ${text}`)
  })
})
