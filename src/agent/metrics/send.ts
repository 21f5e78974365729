import { X509Certificate } from 'node:crypto'
import { fault, FaultError } from '../../core/base/fault.js'
import { faultsOf } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import { parseToken } from '../../core/config/secret.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { limitedLog } from '../../edge/host/limited-log.js'
import { readSetting } from '../../edge/host/files/state-files.js'
import { readSecretFile } from '../../edge/host/secrets/secrets.js'
import type { OtlpSender } from '../../edge/otlp/sender.js'
import { readFamilies, type MetricsOptions } from './serve.js'

export interface SendOptions extends MetricsOptions {
  readonly settings: MetricsOptions['settings'] & Pick<AgentSettings, 'agent' | 'otlp'>
}

/** Sends the metrics where the settings want it; null: they do not, and nothing of the SDK is loaded. */
export function startSending(options: SendOptions): OtlpSender | null {
  const { settings, clock } = options
  const { otlp } = settings
  if (otlp === null) return null
  const log = limitedLog(options.log, clock)
  const started = import('../../edge/otlp/sender.js').then(async ({ sendOtlp }) =>
    sendOtlp({
      ...{ ...otlp, clock, log, name: settings.agent.id, version: VERSION },
      families: async () => readFamilies(options),
      ca: otlp.caFile === null ? null : await readAuthorities(otlp.caFile),
      token: async () => (otlp.tokenFile === null ? null : readToken(otlp.tokenFile)),
    }),
  )
  const sender = started.catch((error: unknown) => {
    log.error({ event: 'otlp', error }, 'metrics cannot be sent with OTLP')
    return null
  })
  return { close: async () => (await sender)?.close() }
}

async function readToken(file: string): Promise<string> {
  const text = await readSecretFile(file)
  const token = text.ok ? parseToken(text.value, file) : text
  if (token.ok) return token.value
  throw new Error(faultsOf(token)[0]?.message ?? file)
}

/** TLS takes a text without a certificate as well, and then trusts nobody for reasons that no log names. */
async function readAuthorities(file: string): Promise<string> {
  const text = await readSetting(file)
  if (!isCertificate(text)) {
    throw new FaultError(fault('CONFIG_UNREADABLE', file, 'it holds no certificate in PEM'))
  }
  return text
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).serialNumber !== ''
  } catch {
    return false
  }
}
