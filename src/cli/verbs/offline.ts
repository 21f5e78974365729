import { everySecret } from '../../core/intent/secret-names.js'
import { toWant } from '../../core/intent/want.js'
import type { ExitStatus } from '../../edge/host/program.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { readIntent, readSettings } from '../command/files.js'

/** `demarc check-config`: every fault of the settings file, with line and key. */
export async function checkConfig(context: Context): Promise<ExitStatus> {
  const { agent, hub, ports } = await readSettings(context)
  const hubs = hub === null ? 'no hub' : `hubs ${hub.urls.join(', ')}`
  return show(
    context,
    { valid: true, agent: agent.id, file: context.configFile },
    ({ file }) =>
      `${file} is valid: router ${agent.id}, ${hubs}, ports ${ports.manage.join(', ') || 'none'}`,
  )
}

/**
 * `demarc validate FILE`: shape and cross-checks, without the router and its agent. `managed` are the
 * patterns of `[ports] manage`; undefined: those of the settings.
 */
export async function validate(
  context: Context,
  file: string,
  managed: readonly string[] | undefined,
): Promise<ExitStatus> {
  const intent = await readIntent(file)
  const managedPorts = managed ?? (await managedBySettings(context))
  // Whether the router has a secret only its agent knows.
  const want = accepted(toWant(intent, { managedPorts, secrets: everySecret(intent) }))
  const summary = {
    valid: true,
    generation: intent.generation,
    router: intent.router.id,
    links: want.links.length,
    neighbors: want.bgp.reduce((sum, { neighbors }) => sum + neighbors.length, 0),
  }
  return show(
    context,
    summary,
    ({ generation, router, links, neighbors }) =>
      `${file} is valid: generation ${generation} for ${router}, ${links} links, ` +
      `${neighbors} BGP neighbours. Whether the router has the secrets was not checked.`,
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
