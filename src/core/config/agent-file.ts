import * as z from 'zod'
import { ok, type Result } from '../base/result.js'
import { seconds } from '../base/time.js'
import { IMPACTS } from '../model/plan.js'
import {
  ipAddress,
  contradiction,
  count,
  duration,
  matching,
  oneOf,
  path,
  plainWord,
  toggle,
} from './fields.js'
import { HUB_ALLOWED_BY_DEFAULT, HUB_PERMISSION_WORDS } from './hub-methods.js'
import { type AgentSettings, DRIFT_POLICIES, type HubLinkSettings, LOG_LEVELS } from './settings.js'
import type { TomlFile } from '../toml/layers.js'
import { parseTomlFiles } from '../toml/toml-file.js'
import { isLoopbackHost, parseHttpUrl, parseHubUrl, parseLoopbackPlace } from './url.js'

const HUBS_MAX = 8
const GLOBS_MAX = 256

const url = z
  .string({ error: 'an address such as "wss://hub.example.net/agent"' })
  .max(512, 'at most 512 characters long')
  .refine((value) => parseHubUrl(value) !== undefined, {
    error: 'an address such as "wss://hub.example.net/agent"',
  })

/** By default the hub is dialled at least once a minute, and is lost after three missed heartbeats. */
const Hub = z
  .strictObject({
    urls: z.array(url).min(1).max(HUBS_MAX),
    token_file: path.optional(),
    token_credential: plainWord.optional(),
    ca_file: path.optional(),
    allow: z.array(oneOf(HUB_PERMISSION_WORDS)).default([...HUB_ALLOWED_BY_DEFAULT]),
    allow_plain: toggle.default(false),
    reconnect_max: duration(1, 60).default(seconds(60)),
    heartbeat_interval: duration(1, 300).default(seconds(15)),
    heartbeat_timeout: duration(2, 900).default(seconds(45)),
  })
  .check(({ value, issues }) => {
    if (value.token_file === undefined && value.token_credential === undefined) {
      issues.push(contradiction(value, ['token_file'], 'a path, or give token_credential'))
    }
    if (value.token_file !== undefined && value.token_credential !== undefined) {
      issues.push(contradiction(value, ['token_credential'], 'left out where token_file is given'))
    }
    if (value.heartbeat_timeout <= value.heartbeat_interval) {
      const allowed = `above heartbeat_interval, which is ${value.heartbeat_interval}`
      issues.push(contradiction(value, ['heartbeat_timeout'], allowed))
    }
    for (const i of exposed(value)) {
      const allowed = 'wss://, unless allow_plain = true or the hub is on loopback'
      issues.push(contradiction(value, ['urls', i], allowed))
    }
  })

/** The places of addresses over which token and intents would travel unencrypted without permission. */
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
  'an interface name, in which * and ? stand for other characters',
)

const credentialPrefix = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  63,
  'letters, digits, ".", "_" and "-", at most 63',
)

const LOOPBACK_PLACE = 'a loopback address and a TCP port, such as "127.0.0.1:7482"'

const loopbackPlace = z
  .string({ error: LOOPBACK_PLACE })
  .max(64, LOOPBACK_PLACE)
  .transform((text, context) => {
    const place = parseLoopbackPlace(text)
    if (place !== undefined) return place
    context.addIssue({ code: 'custom', message: LOOPBACK_PLACE })
    return z.NEVER
  })

const Metrics = z
  .strictObject({
    enabled: toggle.default(true),
    address: ipAddress.default('127.0.0.1'),
    // The range of the exporters, 9100-9999, is used up; this one is the hub's and 1.
    port: count(1, 65_535, 'the TCP port').default(7481),
    allow_plain: toggle.default(false),
  })
  .check(({ value, issues }) => {
    if (isLoopbackHost(value.address) || value.allow_plain) return
    const allowed = 'on loopback, unless allow_plain = true'
    issues.push(contradiction(value, ['address'], allowed))
  })

const OTLP_URL = 'an address such as "https://collector.example.net:4318/v1/metrics"'

/** The token and the metrics travel encrypted, unless the collector is on this machine. */
const Otlp = z
  .strictObject({
    url: z
      .string({ error: OTLP_URL })
      .max(512, OTLP_URL)
      .refine((value) => parseHttpUrl(value) !== undefined, OTLP_URL),
    token_file: path.optional(),
    ca_file: path.optional(),
    interval: duration(10, 3600).default(seconds(60)),
    allow_plain: toggle.default(false),
  })
  .check(({ value, issues }) => {
    const { plain, host } = parseHttpUrl(value.url) ?? { plain: false, host: '' }
    if (!plain || value.allow_plain || isLoopbackHost(host)) return
    const allowed = 'https://, unless allow_plain = true or the collector is on loopback'
    issues.push(contradiction(value, ['url'], allowed))
  })

/** The keys of `/etc/demarc/demarc.toml`. */
export const AgentFile = z.strictObject({
  agent: z.strictObject({ id: plainWord }),
  hub: Hub.optional(),
  ports: z.strictObject({ manage: z.array(glob).max(GLOBS_MAX).default([]) }).prefault({}),
  frr: z
    .strictObject({
      run_dir: path.default('/run/frr'),
      bmp: loopbackPlace.optional(),
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
      poll: duration(5, 3600).default(seconds(60)),
      health: duration(1, 300).default(seconds(5)),
      optics: duration(5, 3600).default(seconds(30)),
    })
    .prefault({}),
  safety: z
    .strictObject({
      max_impact: oneOf(IMPACTS).default('session-reset'),
      // The window of gNMI's Commit extension.
      confirm_within: duration(1, 86_400).default(seconds(600)),
      grace: duration(1, 3600).default(seconds(120)),
      drain: duration(0, 25).default(seconds(5)),
      drift: oneOf(DRIFT_POLICIES).default('repair'),
    })
    .prefault({}),
  secrets: z
    .strictObject({
      dir: path.default('/etc/demarc/secrets'),
      credential_prefix: credentialPrefix.default('demarc.secret.'),
    })
    .prefault({}),
  metrics: Metrics.prefault({}),
  otlp: Otlp.optional(),
  log: z.strictObject({ level: oneOf(LOG_LEVELS).default('info') }).prefault({}),
})

/**
 * Reads the text of `/etc/demarc/demarc.toml`; `file` is how faults name it. The drop-in files are those of
 * `/etc/demarc/demarc.toml.d`, in their order.
 */
export function parseAgentSettings(
  text: string,
  file: string,
  dropIns: readonly TomlFile[] = [],
): Result<AgentSettings> {
  const parsed = parseTomlFiles(AgentFile, [{ file, text }, ...dropIns])
  if (!parsed.ok) return parsed
  const { agent, hub, ports, frr, state, intervals, safety, secrets, metrics, otlp, log } =
    parsed.value
  return ok({
    agent,
    hub: hub === undefined ? null : hubLink(hub),
    ports,
    frr: { runDir: frr.run_dir, bmp: frr.bmp ?? null },
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
    metrics: metrics.enabled ? { address: metrics.address, port: metrics.port } : null,
    otlp:
      otlp === undefined
        ? null
        : {
            url: otlp.url,
            tokenFile: otlp.token_file ?? null,
            caFile: otlp.ca_file ?? null,
            interval: otlp.interval,
          },
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
    allow: hub.allow,
    reconnectMax: hub.reconnect_max,
    heartbeatInterval: hub.heartbeat_interval,
    heartbeatTimeout: hub.heartbeat_timeout,
  }
}
