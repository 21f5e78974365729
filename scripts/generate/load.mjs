/**
 * The parts of the core that pages are generated from, bundled from the sources by esbuild, so that what is
 * generated never comes from a stale build.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const OUT = '.cache/generate'

/** What the generators call each module → its source. */
const MODULES = {
  faults: 'src/core/base/fault.ts',
  intent: 'src/core/wire/intent.ts',
  messages: 'src/core/wire/messages.ts',
  rpc: 'src/core/wire/rpc.ts',
  limits: 'src/core/wire/limits.ts',
  health: 'src/core/wire/health.ts',
  healthReading: 'src/core/wire/health-reading.ts',
  impacts: 'src/core/frr/diff/impact.ts',
  kernelImpacts: 'src/core/links/steps/impact.ts',
  links: 'src/core/model/link.ts',
  catalogue: 'src/core/providers/built-in/catalogue.ts',
  allowed: 'src/core/providers/allowed.ts',
  profile: 'src/core/providers/profile.ts',
  agentMetrics: 'src/core/metrics/agent.ts',
  hubMetrics: 'src/core/metrics/hub.ts',
}

export async function loadCore() {
  await build({
    entryPoints: MODULES,
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  const load = (name) => import(pathToFileURL(resolve(OUT, `${name}.mjs`)).href)
  const [{ FAULTS }, { intentSchema }, { LIMITS }] = await Promise.all(
    ['faults', 'intent', 'limits'].map(load),
  )
  const [messages, rpc, impacts, kernelImpacts, links] = await Promise.all(
    ['messages', 'rpc', 'impacts', 'kernelImpacts', 'links'].map(load),
  )
  const [{ HealthDocument }, { HealthReading, HealthPatch }] = await Promise.all(
    ['health', 'healthReading'].map(load),
  )
  const health = { HealthDocument, HealthReading, HealthPatch }
  const [{ BUILT_IN }, { allowedText }, { profileSchema }] = await Promise.all(
    ['catalogue', 'allowed', 'profile'].map(load),
  )
  const providers = { BUILT_IN, allowedText, profileSchema }
  const [{ AGENT_DEFINITIONS }, { HUB_DEFINITIONS }] = await Promise.all(
    ['agentMetrics', 'hubMetrics'].map(load),
  )
  const metrics = { AGENT_DEFINITIONS, HUB_DEFINITIONS }
  const kinds = { impacts, kernelImpacts, links }
  return { FAULTS, intentSchema, ...health, messages, rpc, LIMITS, ...kinds, ...providers, metrics }
}
