import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startSending } from '../../../src/agent/metrics/send.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import type { LogLine } from '../../../src/edge/host/log.js'
import { manualClock } from '../../support/process/manual-clock.js'

t.test('a file of authorities that cannot be used is named, and nothing is sent', async (t) => {
  const dir = t.testdir()
  const empty = join(dir, 'empty.pem')
  writeFileSync(empty, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  for (const [caFile, why] of [
    [join(dir, 'none.pem'), 'there is no such file'],
    [empty, 'it holds no certificate in PEM'],
  ] as const) {
    const toml = `[agent]\nid = "r1"\n[otlp]\nurl = "https://127.0.0.1:1/"\nca_file = "${caFile}"\n`
    const settings = parseAgentSettings(toml, 'demarc.toml')
    if (!settings.ok) throw new Error(JSON.stringify(settings.faults))
    const logged: object[] = []
    const line: LogLine = (fields, message) => void logged.push({ ...fields, message })
    const sender = startSending({
      settings: settings.value,
      ...{ clock: manualClock(), log: { error: line, warn: line, info: line, debug: line } },
      health: { document: () => null, newestLook: () => null },
      status: () => {
        throw new Error('nothing is read')
      },
    })
    await sender?.close()
    t.match(logged, [
      {
        event: 'otlp',
        error: { fault: { code: 'CONFIG_UNREADABLE', at: caFile, message: why } },
        message: 'metrics cannot be sent with OTLP',
      },
    ])
    t.equal(logged.length, 1)
  }
})
