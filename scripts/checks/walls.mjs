#!/usr/bin/env node
/**
 * Checks the import rules of `scripts/checks/rooms.mjs`. It also fails when fewer modules were read than
 * files exist: with an unsuited compiler dependency-cruiser reports "no violations" after
 * reading nothing.
 */
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import config from '../../.dependency-cruiser.mjs'
import { rooms } from './rooms.mjs'

const files = readdirSync('src', { recursive: true })
  .map((name) => `src/${name}`)
  .filter((name) => name.endsWith('.ts'))
const homeless = files.filter((file) => rooms[dirname(file).slice('src/'.length)] === undefined)

const { options, forbidden } = config
const { output } = await cruise(
  ['src'],
  { ...options, ruleSet: { forbidden, options }, validate: true },
  undefined,
  { tsConfig: extractTSConfig(options.tsConfig.fileName) },
)
const cruised = output.modules.filter((module) => module.source.startsWith('src/')).length
const breaches = output.summary.violations

for (const { rule, from, to } of breaches) console.error(`${rule.name}: ${from} → ${to}`)
for (const file of homeless) console.error(`no-unknown-room: ${file}`)
if (cruised < files.length) {
  console.error(`only ${cruised} of ${files.length} files were read: the check did not run`)
}
const bad = breaches.length + homeless.length + Math.max(0, files.length - cruised)
console.log(`walls: ${cruised} of ${files.length} files read, ${bad} breaches`)
process.exitCode = bad === 0 ? 0 : 1
