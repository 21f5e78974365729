import { waitFor } from '../../../support/process/wait.js'
import type { ModeScene } from '../scene.js'
import { sessionsOf } from './sessions.js'

/** The provider leaves the intent: its sessions end, and its links and neighbours are gone from the router. */
export async function deleteAll(scene: ModeScene): Promise<string> {
  const { edge, frr, mode } = scene
  const started = performance.now()
  const change = await scene.push(scene.intent(true), { maxImpact: 'traffic-loss' })
  if (change.phase !== 'confirmed') throw new Error(JSON.stringify(change))
  await waitFor('the sessions have ended', () => sessionsOf(scene), {
    until: (all) => all.every(({ established }) => established !== true),
    within: 30,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const links = edge.run('ip', '-br', 'link')
  const left = mode.fibres.filter(({ port }) => links.includes(`${port}.`))
  if (left.length > 0) throw new Error(`links are left: ${links}`)
  const config = frr.vtysh('show running-config')
  const neighbors = mode.sessions.filter(({ router }) => config.includes(`demarc ${router} `))
  if (neighbors.length > 0 || /neighbor (?!10\.255\.1\.2 )\S+ remote-as/.test(config)) {
    throw new Error(`neighbours are left: ${config}`)
  }
  return `gone after ${seconds} s`
}
