import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A secret for a test. All of them share one mark, which `scripts/scan-secrets.mjs` looks for in everything
 * that the suite has put out.
 */
export function planted(name: string): string {
  return `xPlantedx-${name}`
}

/** Keeps what a test saw of the programs for the hunt at the end of the suite. */
export function keepEvidence(name: string, text: string): void {
  const dir = join('.cache', 'test', 'evidence')
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, name), text)
}
