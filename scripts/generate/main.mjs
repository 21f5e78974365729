#!/usr/bin/env node
/**
 * Writes everything in docs/ that is made from the sources: JSON Schema files, the AsyncAPI page, the
 * OpenAPI page, the fault page, a page for each provider, the tables inside `frr.md`, `health.md`, `intent.md`, `metrics.md`,
 * `plan.md` and `protocol.md`. With `--check` it writes nothing and fails when one of them is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { asyncapi } from './asyncapi.mjs'
import { HEALTH_FILE, INTENT_FILE, jsonSchemas } from './json-schemas.mjs'
import { loadCore } from './load.mjs'
import { openapi } from './openapi.mjs'
import {
  bondOptionTable,
  bridgeSettingTable,
  faultPage,
  fieldTables,
  healthTables,
  impactTable,
  kernelImpactTable,
  limitTable,
  metricTable,
  methodTable,
} from './pages.mjs'
import { providerPages } from './provider-pages.mjs'
import { between, formatted } from './text.mjs'

const core = await loadCore()
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const schemas = jsonSchemas(core)
const { HUB_METHODS, AGENT_METHODS } = core.messages

const protocol = [
  ['hub methods', methodTable('hub', HUB_METHODS)],
  ['agent methods', methodTable('agent', AGENT_METHODS)],
  ['limits', limitTable(core.LIMITS)],
]

const plan = [
  ['kernel impacts', kernelImpactTable(core)],
  ['bond options', bondOptionTable(core)],
  ['bridge settings', bridgeSettingTable(core)],
]

/** Path → text. */
const files = {
  ...Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      `docs/schemas/${name}`,
      JSON.stringify(schema),
    ]),
  ),
  'docs/asyncapi.json': JSON.stringify(asyncapi(core, version)),
  'docs/openapi.json': JSON.stringify(await openapi(version)),
  'docs/faults.md': faultPage(core),
  'docs/frr.md': between(readFileSync('docs/frr.md', 'utf8'), 'impacts', impactTable(core)),
  'docs/health.md': filled('docs/health.md', [['members', healthTables(schemas[HEALTH_FILE])]]),
  'docs/intent.md': between(
    readFileSync('docs/intent.md', 'utf8'),
    'fields',
    fieldTables(schemas[INTENT_FILE]),
  ),
  'docs/metrics.md': filled('docs/metrics.md', [['metrics', metricTable(core.metrics)]]),
  'docs/plan.md': filled('docs/plan.md', plan),
  'docs/protocol.md': filled('docs/protocol.md', protocol),
  ...providerPages(core),
}

/** The page with all its generated parts. */
function filled(path, parts) {
  const page = readFileSync(path, 'utf8')
  return parts.reduce((text, [name, part]) => between(text, name, part), page)
}

const check = process.argv.includes('--check')
const stale = []
for (const [path, text] of Object.entries(files)) {
  const wanted = await formatted(path, text)
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue
  stale.push(path)
  if (check) continue
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, wanted)
}
const verb = check ? 'is stale; run npm run generate' : 'written'
for (const path of stale) console.log(`${path} ${verb}`)
console.log(`generate: ${Object.keys(files).length} files, ${stale.length} differ`)
process.exitCode = check && stale.length > 0 ? 1 : 0
