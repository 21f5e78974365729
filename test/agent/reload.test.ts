import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { createAuditTrail } from '../../src/agent/access/audit-trail.js'
import { createHubCredentials, type Reread } from '../../src/agent/hub/credentials.js'
import { reloadAgent } from '../../src/agent/reload.js'
import { fault } from '../../src/core/base/fault.js'
import { parseAgentSettings } from '../../src/core/config/agent-file.js'
import { AuditRecord } from '../../src/core/wire/audit.js'
import { openLog } from '../../src/edge/host/log.js'

const OLD = 'token-of-yesterday-0000'
const NEW = 'token-of-today-00000000'

const settingsOf = (toml: string) =>
  parseAgentSettings(`[agent]\nid = "r1"\n${toml}`, 'demarc.toml')

t.test('a token that cannot be used does not replace the one before', async (t) => {
  const dir = t.testdir({ token: `${OLD}\n` })
  const path = join(dir, 'token')
  chmodSync(path, 0o600)
  const lines: string[] = []
  const log = openLog({ level: 'info', write: (line) => void lines.push(line) })
  const parsed = settingsOf(`[hub]\nurls = ["wss://hub.example/agent"]\ntoken_file = "${path}"\n`)
  if (!parsed.ok || parsed.value.hub === null) throw new Error('settings')
  const credentials = createHubCredentials(parsed.value.hub, log)
  t.equal(await credentials.token(), OLD)
  t.same(await credentials.reread(), { changed: [], faults: [] }, 'nothing has changed')
  writeFileSync(path, `${NEW}\n`)
  t.same(await credentials.reread(), { changed: ['token'], faults: [] })
  t.equal(await credentials.token(), NEW)
  for (const spoil of [
    () => writeFileSync(path, 'short\n'),
    () => chmodSync(path, 0o644),
    () => rmSync(path),
  ]) {
    spoil()
    lines.length = 0
    const reread = await credentials.reread()
    t.same(reread.changed, [])
    t.equal(reread.faults.length, 1)
    t.equal(await credentials.token(), NEW, 'what was in force stays')
    t.match(lines.join(''), /hub-credential-unusable.*token/)
    t.notMatch(lines.join(''), NEW)
  }
  const never = createHubCredentials(parsed.value.hub, log)
  await t.rejects(never.token(), /no such file/)
})

t.test('a reload takes over the log level and names what needs a restart', async (t) => {
  const lines: string[] = []
  const log = openLog({ level: 'info', write: (line) => void lines.push(line) })
  const before = settingsOf('')
  if (!before.ok) throw new Error('settings')
  const done: string[] = []
  const written: AuditRecord[] = []
  const record = async (entry: AuditRecord) => void written.push(AuditRecord.parse(entry))
  let files: Reread = { changed: [], faults: [] }
  const reload = async (toml: string): Promise<string> => {
    lines.length = 0
    await reloadAgent({
      settings: before.value,
      read: async () => settingsOf(toml),
      profiles: {
        profiles: () => new Map(),
        faults: () => [],
        reread: async () => void done.push('profiles'),
      },
      log,
      hub: {
        async reread() {
          done.push('hub')
          return files
        },
      },
      loop: { requestTurn: (reason) => void done.push(reason) },
      trail: createAuditTrail({ record, router: 'r1', wall: () => new Date(0) }),
    })
    return lines.join('')
  }
  const said = await reload('[ports]\nmanage = ["eth9"]\n[log]\nlevel = "debug"\n')
  t.match(said, /reload-incomplete.*"settings":\["\[ports\]"\]/)
  log.debug({ event: 'probe' }, 'is shown now')
  t.match(lines.join(''), /probe/)
  t.same(done, ['profiles', 'hub', 'reload'])
  t.match(await reload('[log]\nlevel = "loud"\n'), /reload-refused.*log\.level/)
  t.same(done.slice(3), ['profiles', 'hub', 'reload'], 'the files are read all the same')
  files = {
    changed: ['token'],
    faults: [fault('CONFIG_UNREADABLE', '/etc/demarc/ca.pem', 'there is no such file')],
  }
  await reload('[log]\nlevel = "debug"\n')
  files = { changed: ['token', 'certificate authorities'], faults: [] }
  await reload('[log]\nlevel = "debug"\n')
  files = { changed: [], faults: [] }
  await reload('[log]\nlevel = "debug"\n')
  const line = { action: 'reload', from: 'SIGHUP', actor: { kind: 'agent' }, router: 'r1' }
  t.match(
    written,
    [
      { outcome: 'done', detail: 'changed: log level info → debug; used after a restart: [ports]' },
      { outcome: 'failed', code: 'CONFIG_VALUE', detail: /log\.level.*stays in force/ },
      {
        outcome: 'failed',
        code: 'CONFIG_UNREADABLE',
        detail: /ca\.pem: there is no such file; what was read before.*; changed: token$/,
      },
      { outcome: 'done', detail: 'changed: token, certificate authorities' },
      { outcome: 'done', detail: 'nothing in force has changed' },
    ].map((one) => ({ ...line, ...one })),
    'each reload is a line of the audit',
  )
  t.equal(written.length, 5)
})
