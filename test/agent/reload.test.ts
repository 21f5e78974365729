import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { createHubCredentials } from '../../src/agent/hub/credentials.js'
import { reloadAgent } from '../../src/agent/reload.js'
import { parseAgentSettings } from '../../src/core/config/agent-file.js'
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
  t.equal(await credentials.reread(), false, 'nothing has changed')
  writeFileSync(path, `${NEW}\n`)
  t.equal(await credentials.reread(), true)
  t.equal(await credentials.token(), NEW)
  for (const spoil of [
    () => writeFileSync(path, 'short\n'),
    () => chmodSync(path, 0o644),
    () => rmSync(path),
  ]) {
    spoil()
    lines.length = 0
    t.equal(await credentials.reread(), false)
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
      hub: { reread: async () => void done.push('hub') },
      loop: { requestTurn: (reason) => void done.push(reason) },
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
})
