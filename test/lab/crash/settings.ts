import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MANAGED_PORTS, SECRET_NAMES } from '../../support/intent/arbitrary-intent.js'
import { planted } from '../../support/process/planted-secrets.js'

/** TOML for an agent of the laws' router, and the secrets it names, with the texts that router knows. */
export function settingsFor(dir: string, stateDir: string, runDir: string): string {
  const secrets = join(dir, 'secrets')
  mkdirSync(secrets, { mode: 0o700 })
  for (const name of SECRET_NAMES) {
    writeFileSync(join(secrets, name), `${planted(name)}\n`, { mode: 0o600 })
  }
  const managed = MANAGED_PORTS.map((one) => JSON.stringify(one)).join(', ')
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
grace = 15
[secrets]
dir = ${JSON.stringify(secrets)}
[log]
level = "error"
`
}
