/** From best to worst. `unknown` is what a source that did not answer leaves for a while. */
const ORDER = ['ok', 'unknown', 'warning', 'critical']

/** States in which a router does not have what its intent wants, and nothing is under way that should be. */
const BAD_STATES = ['drifted', 'failed', 'rolling-back', 'stuck']

const KINDS = ['ports', 'connections', 'attachments', 'neighbors'] as const

/** The part of an agent's status that is compared. */
interface Glance {
  readonly state: string
  readonly hub: { readonly connected: boolean }
  readonly health: {
    readonly router?: Subject
    readonly ports?: Readonly<Record<string, Subject>>
    readonly connections?: Readonly<Record<string, Subject>>
    readonly attachments?: Readonly<Record<string, Subject>>
    readonly neighbors?: Readonly<Record<string, Subject>>
  }
}

/** The part of a subject's health that is compared. */
interface Subject {
  readonly severity?: string
  readonly sessionState?: string
  readonly findings?: Readonly<Record<string, { readonly message?: string }>>
}

/**
 * What is worse on a router than it was, one sentence for each; empty: it is as well as before. Compared are the
 * state, the hub's connection, the severity of the router and of each subject, and each BGP session.
 */
export function worseThan(before: Glance, now: Glance): readonly string[] {
  return [
    ...(isBad(now.state) && !isBad(before.state)
      ? [`its state is ${now.state}; it was ${before.state}`]
      : []),
    ...(before.hub.connected && !now.hub.connected ? ['it is not connected to its hub'] : []),
    ...worseSubject('the router', before.health.router, now.health.router),
    ...KINDS.flatMap((kind) => worseSubjects(before.health[kind] ?? {}, now.health[kind] ?? {})),
  ]
}

const isBad = (state: string): boolean => BAD_STATES.includes(state)

function worseSubjects(
  before: Readonly<Record<string, Subject>>,
  now: Readonly<Record<string, Subject>>,
): string[] {
  return Object.entries(before).flatMap(([name, subject]) => worseSubject(name, subject, now[name]))
}

function worseSubject(
  name: string,
  before: Subject | undefined,
  now: Subject | undefined,
): string[] {
  if (before === undefined) return []
  if (now === undefined) return [`${name} is not in its health any more`]
  const [was = 'ok', is = 'ok'] = [before.severity, now.severity]
  const isLost = before.sessionState === 'ESTABLISHED' && now.sessionState !== 'ESTABLISHED'
  return [
    ...(isLost ? [`the session with ${name} is lost: it is ${now.sessionState ?? 'unknown'}`] : []),
    ...(rank(is) > rank(was) ? [`${name} is ${is}; it was ${was}${newest(before, now)}`] : []),
  ]
}

/** A word that a newer version has made is as bad as the worst. */
function rank(severity: string): number {
  const at = ORDER.indexOf(severity)
  return at === -1 ? ORDER.length : at
}

/** The first finding that was not there before, in its own words. */
function newest(before: Subject, now: Subject): string {
  const found = Object.entries(now.findings ?? {}).find(
    ([code]) => !Object.hasOwn(before.findings ?? {}, code),
  )
  const message = found?.[1].message
  return message === undefined ? '' : `: ${message}`
}
