import { waitFor } from '../../../support/process/wait.js'
import type { Session } from '../mode.js'
import type { ModeScene } from '../scene.js'

/** The state of each session of the mode, as the provider's routers see it. */
export function sessionsOf(scene: ModeScene, sessions = scene.mode.sessions) {
  return sessions.map(({ router, customer }) => ({
    customer,
    ...scene.peer(router).session(customer),
  }))
}

/** How many routes the provider has accepted on each session. */
export function countsOf(scene: ModeScene): readonly number[] {
  return scene.mode.sessions.map(({ router, customer }) => scene.peer(router).received(customer))
}

/** When each session that is up began, so that the same text means the same sessions. */
export function sinceOf(scene: ModeScene): string {
  const up = sessionsOf(scene).filter(({ established }) => established === true)
  return JSON.stringify(up.map(({ customer, since }) => [customer, since]))
}

export async function established(
  scene: ModeScene,
  sessions: readonly Session[] = scene.mode.sessions,
  within = 90,
): Promise<void> {
  await waitFor('the sessions are established', () => sessionsOf(scene, sessions), {
    until: (all) => all.every((session) => session.established === true),
    within,
  })
}

/** Waits until the health has this finding; throws with what it has instead. */
export async function findingOf(
  scene: ModeScene,
  [kind, name, ...codes]: Finding,
  within = 60,
): Promise<void> {
  const read = async () => {
    const { health } = await scene.agent.status()
    // A neighbour is named after its attachment and its address.
    const subjects: Readonly<Record<string, WithFindings>> = health[kind] ?? {}
    return Object.entries(subjects)
      .filter(([key]) => key === name || key.endsWith(`/${name}`))
      .flatMap(([, { findings = {} }]) => Object.keys(findings))
  }
  await waitFor(`${kind} ${name} has ${codes.join(' or ')}`, read, {
    until: (found) => codes.some((code) => found.includes(code)),
    within,
    every: 500,
  })
}

interface WithFindings {
  readonly findings?: Readonly<Record<string, unknown>>
}

/** A kind of subject, the subject, and the codes of which one is the finding. */
export type Finding = readonly [
  'ports' | 'connections' | 'attachments' | 'neighbors',
  string,
  ...(readonly string[]),
]
