import * as z from 'zod'
import { ok, type Result } from '../base/result.js'
import { IMPACTS } from '../model/plan.js'
import { oneOf, contradiction, count, toggle, path, matching, plainWord } from './fields.js'
import { type AgentSettings, DRIFT_POLICIES, type HubLinkSettings, LOG_LEVELS } from './settings.js'
import { parseTomlFile } from './toml-file.js'
import { isLoopbackHost, parseHubUrl } from './url.js'

const HUBS_MAX = 8
const GLOBS_MAX = 256

const url = z
  .string({ error: 'an address such as "wss://hub.example.net/agent"' })
  .max(512, 'at most 512 characters long')
  .refine((value) => parseHubUrl(value) !== undefined, {
    error: 'an address such as "wss://hub.example.net/agent"',
  })

/** Back-off, heartbeat and their limits are those of the design: capped at 60 s, 3 beats missed. */
const Hub = z
  .strictObject({
    urls: z.array(url).min(1).max(HUBS_MAX),
    token_file: path.optional(),
    token_credential: plainWord.optional(),
    ca_file: path.optional(),
    allow_plain: toggle.default(false),
    reconnect_max: count(1, 60, 'seconds').default(60),
    heartbeat_interval: count(1, 300, 'seconds').default(15),
    heartbeat_timeout: count(2, 900, 'seconds').default(45),
  })
  .check(({ value, issues }) => {
    if (value.token_file === undefined && value.token_credential === undefined) {
      issues.push(contradiction(value, ['token_file'], 'a path, or give token_credential'))
    }
    if (value.token_file !== undefined && value.token_credential !== undefined) {
      issues.push(contradiction(value, ['token_credential'], 'left out where token_file is given'))
    }
    if (value.heartbeat_timeout <= value.heartbeat_interval) {
      const says = `above heartbeat_interval, which is ${value.heartbeat_interval}`
      issues.push(contradiction(value, ['heartbeat_timeout'], says))
    }
    for (const i of exposed(value)) {
      const says = 'wss://, unless allow_plain = true or the hub is on loopback'
      issues.push(contradiction(value, ['urls', i], says))
    }
  })

/** Which addresses would carry token and intents in the clear without leave. */
function exposed(hub: {
  readonly urls: readonly string[]
  readonly allow_plain: boolean
}): number[] {
  return hub.urls.flatMap((address, i) => {
    const parsed = parseHubUrl(address)
    return !hub.allow_plain && parsed?.plain === true && !isLoopbackHost(parsed.host) ? [i] : []
  })
}

const glob = matching(
  /^[A-Za-z0-9._?*-]+$/,
  32,
  'an interface name, in which * and ? stand for others',
)

const credentialPrefix = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  63,
  'letters, digits, ".", "_" and "-", at most 63',
)

/** The keys of `/etc/demarc/demarc.toml`. */
export const AgentFile = z.strictObject({
  agent: z.strictObject({ id: plainWord }),
  hub: Hub.optional(),
  ports: z.strictObject({ manage: z.array(glob).max(GLOBS_MAX).default([]) }).prefault({}),
  frr: z
    .strictObject({
      run_dir: path.default('/run/frr'),
    })
    .prefault({}),
  state: z
    .strictObject({
      dir: path.default('/var/lib/demarc'),
      socket: path.default('/run/demarc/demarcd.sock'),
    })
    .prefault({}),
  intervals: z
    .strictObject({
      poll: count(5, 3600, 'seconds').default(60),
      health: count(1, 300, 'seconds').default(5),
      optics: count(5, 3600, 'seconds').default(30),
    })
    .prefault({}),
  safety: z
    .strictObject({
      max_impact: oneOf(IMPACTS).default('traffic-loss'),
      // The window of gNMI's Commit extension.
      confirm_within: count(1, 86_400, 'seconds').default(600),
      grace: count(1, 3600, 'seconds').default(120),
      drain: count(0, 25, 'seconds').default(5),
      drift: oneOf(DRIFT_POLICIES).default('repair'),
    })
    .prefault({}),
  secrets: z
    .strictObject({
      dir: path.default('/etc/demarc/secrets'),
      credential_prefix: credentialPrefix.default('demarc.secret.'),
    })
    .prefault({}),
  log: z.strictObject({ level: oneOf(LOG_LEVELS).default('info') }).prefault({}),
})

/** Reads `/etc/demarc/demarc.toml`; `file` is how its faults name it. */
export function parseAgentSettings(toml: string, file: string): Result<AgentSettings> {
  const parsed = parseTomlFile(AgentFile, toml, file)
  if (!parsed.ok) return parsed
  const { agent, hub, ports, frr, state, intervals, safety, secrets, log } = parsed.value
  return ok({
    agent,
    hub: hub === undefined ? null : hubLink(hub),
    ports,
    frr: { runDir: frr.run_dir },
    state,
    intervals,
    safety: {
      maxImpact: safety.max_impact,
      confirmWithin: safety.confirm_within,
      grace: safety.grace,
      drain: safety.drain,
      drift: safety.drift,
    },
    secrets: { dir: secrets.dir, credentialPrefix: secrets.credential_prefix },
    log,
  })
}

function hubLink(hub: z.output<typeof Hub>): HubLinkSettings {
  const { token_file: file, token_credential: credential = '' } = hub
  return {
    urls: hub.urls,
    token:
      file === undefined ? { kind: 'credential', name: credential } : { kind: 'file', path: file },
    caFile: hub.ca_file ?? null,
    reconnectMax: hub.reconnect_max,
    heartbeatInterval: hub.heartbeat_interval,
    heartbeatTimeout: hub.heartbeat_timeout,
  }
}
