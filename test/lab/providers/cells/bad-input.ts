import { parsePlace, withValue } from '../../../support/intent/document-paths.js'
import type { Document, ModeScene } from '../scene.js'
import { sinceOf } from './sessions.js'

/** What breaks each rule of the provider: `place = value`, by the id of the rule. */
export type Rules = Readonly<Record<string, string>>

/** Each rule alone, then all at once: refused with the rule, and nothing changes. */
export async function badInput(scene: ModeScene): Promise<string> {
  const before = sinceOf(scene)
  const { running } = await scene.agent.status()
  const rules = Object.entries(scene.mode.badInput)
  for (const [rule, change] of rules)
    await refusedBy(scene, changed(scene.intent(), change), [rule])
  const all = rules.reduce((intent, [, change]) => changed(intent, change), scene.intent())
  await refusedBy(
    scene,
    all,
    rules.map(([rule]) => rule),
  )
  const after = await scene.agent.status()
  if (after.running?.digest !== running?.digest) throw new Error('another intent is in force')
  if (sinceOf(scene) !== before) throw new Error('a session fell')
  return `${rules.length} rules refused alone and at once`
}

function changed(intent: Document, change: string): Document {
  const [place = '', value = ''] = change.split(' = ')
  return withValue(intent, parsePlace(place), JSON.parse(value)) as Document
}

async function refusedBy(scene: ModeScene, intent: Document, rules: readonly string[]) {
  const faults = await scene.agent.push({ ...intent, generation: 1000 })
  const messages = faults.map(({ message }) => message)
  const missing = rules.filter((rule) => !messages.some((text) => text.includes(`(${rule};`)))
  if (missing.length > 0) {
    throw new Error(`not refused by ${missing.join(', ')}: ${messages.join('\n')}`)
  }
}
