import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MANAGED_PORTS, SECRET_NAMES } from '../../support/intent/arbitrary-intent.js'
import { planted } from '../../support/process/planted-secrets.js'

/** Writes the secrets that random intents name, and returns the agent's settings for the lab router as TOML. */
export function settingsFor(dir: string, stateDir: string, runDir: string): string {
  const secrets = join(dir, 'secrets')
  mkdirSync(secrets, { mode: 0o700 })
  for (const name of SECRET_NAMES) {
    writeFileSync(join(secrets, name), `${planted(name)}\n`, { mode: 0o600 })
  }
  const managed = MANAGED_PORTS.map((pattern) => JSON.stringify(pattern)).join(', ')
  return `
[agent]
id = "lab-edge-1"
[ports]
manage = [${managed}]
[frr]
run_dir = ${JSON.stringify(runDir)}
[state]
dir = ${JSON.stringify(stateDir)}
[safety]
max_impact = "traffic-loss"
grace = 15
[secrets]
dir = ${JSON.stringify(secrets)}
[log]
level = "error"
`
}
