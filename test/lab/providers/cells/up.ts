import { waitFor } from '../../../support/process/wait.js'
import type { ModeScene } from '../scene.js'
import { established } from './sessions.js'

/** From the push until every session is established and the health of the router is ok. */
export async function up(scene: ModeScene): Promise<string> {
  const started = performance.now()
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1)
  const change = await scene.push(scene.intent())
  if (change.phase !== 'confirmed') throw new Error(JSON.stringify(change))
  const special = await scene.mode.special?.up?.(scene)
  await established(scene)
  const count = scene.mode.sessions.length
  const at = seconds()
  await healthy(scene)
  const what = count === 0 ? `in force after ${at} s` : `${count} sessions after ${at} s`
  return [what, ...(special === undefined ? [] : [special])].join(', ')
}

/** Waits until nothing is wrong but what the lab itself causes. */
async function healthy(scene: ModeScene): Promise<void> {
  const read = async () => {
    const { health } = await scene.agent.status()
    return Object.entries({
      ...health.ports,
      ...health.connections,
      ...health.attachments,
      ...health.neighbors,
    }).flatMap(([name, { severity, findings = {} }]) =>
      severity === 'ok' ? [] : [`${name} is ${severity}: ${JSON.stringify(findings)}`],
    )
  }
  await waitFor('the health is ok', read, {
    until: (bad) => bad.length === 0,
    within: 60,
    every: 500,
  })
}
