/**
 * The core as the generators see it: base, model, wire, frr and links, transpiled from the sources beside this
 * script, so that what is generated never comes from a stale build.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { filesUnder } from '../source.mjs'

const OUT = '.cache/generate'
const ROOMS = ['src/core/base', 'src/core/model', 'src/core/wire', 'src/core/frr', 'src/core/links']

function transpile(file) {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  const target = `${OUT}/${file.replace(/\.ts$/, '.js')}`
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, outputText)
}

export async function loadCore() {
  for (const file of ROOMS.flatMap(filesUnder)) transpile(file)
  const load = (file) => import(pathToFileURL(resolve(OUT, 'src/core', file)).href)
  const [{ FAULTS }, { intentSchema }, messages, rpc, { LIMITS }] = await Promise.all(
    ['base/fault.js', 'wire/intent.js', 'wire/messages.js', 'wire/rpc.js', 'wire/limits.js'].map(
      load,
    ),
  )
  const { HealthDocument } = await load('wire/health.js')
  const { HealthReading, HealthPatch } = await load('wire/health-reading.js')
  const impacts = await load('frr/diff/impact.js')
  const kernelImpacts = await load('links/steps/impact.js')
  const health = { HealthDocument, HealthReading, HealthPatch }
  return { FAULTS, intentSchema, ...health, messages, rpc, LIMITS, impacts, kernelImpacts }
}
