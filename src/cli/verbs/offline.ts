import { everySecret } from '../../core/intent/secret-names.js'
import { judgeIntent, type Judged } from '../../core/judged/judge-intent.js'
import type { ExitStatus } from '../../edge/host/program.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { readIntent, readSettings } from '../command/files.js'
import { renderFilled, renderRules } from '../render/rules.js'
import { openProfiles, profileDir } from '../../edge/host/profiles/profile-files.js'
import { profilesFor } from './providers.js'

/** `demarc check-config`: every fault of the settings file and its drop-ins, with line and key. */
export async function checkConfig(context: Context): Promise<ExitStatus> {
  const { agent, hub, ports } = await readSettings(context)
  const hubs = hub === null ? 'no hub' : `hubs ${hub.urls.join(', ')}`
  const profiles = await openProfiles(profileDir(context.configFile))
  if (profiles.faults().length > 0) throw new Refusal(profiles.faults())
  return show(
    context,
    { valid: true, agent: agent.id, file: context.configFile },
    ({ file }) =>
      `${file} is valid: router ${agent.id}, ${hubs}, ports ${ports.manage.join(', ') || 'none'}`,
  )
}

export interface ValidateOptions {
  /** The patterns of `[ports] manage`; absent: those of the settings. */
  readonly managed?: readonly string[]
  /** Print the intent with what its providers fix, instead of a summary. */
  readonly effective?: boolean
}

/**
 * `demarc validate FILE`: shape, cross-checks and the rules of providers, without the router and its agent.
 */
export async function validate(
  context: Context,
  file: string,
  { managed, effective }: ValidateOptions,
): Promise<ExitStatus> {
  const intent = await readIntent(file)
  const managedPorts = managed ?? (await managedBySettings(context))
  const profiles = await profilesFor(context)
  // Whether the router has a secret only its agent knows.
  const secrets = everySecret(intent)
  const judged = accepted(judgeIntent(intent, { managedPorts, secrets, profiles, passwords: {} }))
  if (effective === true) return showEffective(context, judged)
  const { want } = judged
  const summary = {
    valid: true,
    generation: intent.generation,
    router: intent.router.id,
    links: want.links.length,
    neighbors: want.bgp.reduce((sum, { neighbors }) => sum + neighbors.length, 0),
    filled: judged.filled.map(({ at, value, rule }) => ({ at, value, rule })),
    warnings: judged.breaches.filter(({ reason }) => reason === null),
    accepted: judged.breaches.filter(({ reason }) => reason !== null),
  }
  return show(context, summary, ({ generation, router, links, neighbors, ...rules }) =>
    [
      `${file} is valid: generation ${generation} for ${router}, ${links} links, ` +
        `${neighbors} BGP neighbours. Whether the router has the secrets was not checked.`,
      ...renderRules(rules),
    ].join('\n'),
  )
}

/** `demarc validate --effective`: the whole intent, and the rule of each value that a profile filled in. */
function showEffective(context: Context, { intent, filled }: Judged): ExitStatus {
  const values = filled.map(({ at, value, rule }) => ({ at, value, rule }))
  return show(context, { intent, filled: values }, (whole) =>
    [JSON.stringify(whole.intent, null, 2), ...renderFilled(whole.filled)].join('\n'),
  )
}

/** All ports where there is no settings file: the intent may be checked on another machine. */
async function managedBySettings(context: Context): Promise<readonly string[]> {
  try {
    const { ports } = await readSettings(context)
    return ports.manage
  } catch (error) {
    if (isAbsent(error)) return ['*']
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Refusal && error.faults[0]?.code === 'CONFIG_UNREADABLE'
}
