import { mkdirSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { FRR_VERSIONS, isFrrVersion } from '../../support/frr/frr-version.js'
import { keepFiles } from '../keep-files.js'
import { MODES } from './modes.js'
import { runMode } from './run-mode.js'

/** Runs modes in this guest, one after the other, and prints each cell as a line of JSON; `scripts/scenarios.mjs` reads them. */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { frr: { type: 'string', default: '8.4' }, list: { type: 'boolean', default: false } },
})
const version = values.frr
if (!isFrrVersion(version)) throw new Error(`--frr is one of ${FRR_VERSIONS.join(', ')}`)
const out = process.env['DEMARC_OUT'] ?? '/tmp/out'

for (const mode of MODES.filter(({ provider, name }) => isChosen(`${provider}/${name}`))) {
  const { provider, name, says } = mode
  if (values.list) {
    console.log(JSON.stringify({ provider, mode: name, says }))
    continue
  }
  const dir = `/tmp/providers/${provider}-${name}`
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  let failed = false
  await runMode(mode, version, dir, (result) => {
    failed ||= !result.passed
    console.log(JSON.stringify({ provider, mode: name, frr: version, ...result }))
  })
  if (failed) keepFiles(dir, `${out}/${provider}-${name}-${version}`)
  if (failed) process.exitCode = 1
}
process.exit()

/** No name means all; a name is the beginning of `provider/mode`. */
function isChosen(name: string): boolean {
  return positionals.length === 0 || positionals.some((start) => name.startsWith(start))
}
