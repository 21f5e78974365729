import { ok, type Result } from '../../core/base/result.js'
import { everySecret } from '../../core/intent/secret-names.js'
import { toWant } from '../../core/intent/want.js'
import { readIntent, readSettings, Refusal, show, type Context } from '../command/context.js'
import type { ExitStatus } from '../../edge/host/program.js'

/** `demarc check-config`: every fault of the TOML, with line and key. */
export async function checkConfig(context: Context): Promise<ExitStatus> {
  const settings = await readSettings(context)
  const hub = settings.hub === null ? 'no hub' : `hubs ${settings.hub.urls.join(', ')}`
  return show(
    context,
    { valid: true, agent: settings.agent.id, file: context.configFile },
    () =>
      `${context.configFile} is valid: router ${settings.agent.id}, ${hub}, ports ${settings.ports.manage.join(', ')}`,
  )
}

/** `demarc validate FILE`: shape and cross-checks, without touching the router or its agent. */
export async function validate(
  context: Context,
  file: string,
  options: { readonly managed: readonly string[] | undefined },
): Promise<ExitStatus> {
  const intent = await readIntent(file)
  const managedPorts = options.managed ?? (await managedBySettings(context))
  // Whether a secret is there is the router's business.
  const want = toWant(intent, { managedPorts, secrets: everySecret(intent) })
  if (!want.ok) throw new Refusal(want.faults)
  const summary = {
    valid: true,
    generation: intent.generation,
    router: intent.router.id,
    links: want.value.links.length,
    neighbors: want.value.bgp.reduce((sum, { neighbors }) => sum + neighbors.length, 0),
  }
  return show(
    context,
    summary,
    () =>
      `${file} is valid: generation ${summary.generation} for ${summary.router}, ` +
      `${summary.links} links, ${summary.neighbors} BGP neighbours. Secrets were not looked up.`,
  )
}

/** The managed ports of the TOML; all ports where there is none, for a look from another machine. */
async function managedBySettings(context: Context): Promise<readonly string[]> {
  const settings = await settle(readSettings(context))
  return settings.ok ? settings.value.ports.manage : ['*']
}

async function settle<T>(deed: Promise<T>): Promise<Result<T>> {
  try {
    return ok(await deed)
  } catch (error) {
    if (error instanceof Refusal && error.faults[0]?.code === 'CONFIG_UNREADABLE') {
      return { ok: false, faults: error.faults }
    }
    throw error
  }
}
