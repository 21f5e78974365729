import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { openProfiles, profileDir } from '../../../src/edge/host/profiles/profile-files.js'

const ACME = { ...BUILT_IN.get('outscale'), id: 'acme', name: 'Acme', rules: [] }

t.test(
  "an operator's files are read, read again, and named where they cannot be used",
  async (t) => {
    const dir = profileDir(join(t.testdir(), 'demarc.toml'))
    const none = await openProfiles(dir)
    t.strictSame(none.faults(), [], 'the directory need not be there')
    t.strictSame([...none.profiles().keys()], [...BUILT_IN.keys()])

    mkdirSync(dir)
    const file = join(dir, 'acme.json')
    writeFileSync(file, JSON.stringify(ACME))
    writeFileSync(join(dir, 'notes.txt'), 'not read')
    const opened = await openProfiles(dir)
    t.ok(opened.profiles().has('acme'))

    writeFileSync(file, '{')
    await opened.reread()
    t.match(opened.faults(), [{ code: 'PROVIDER_PROFILE', at: new RegExp(`^${file}`) }])
    t.ok(opened.profiles().has('acme'), 'the last good one stays')
    t.notOk((await openProfiles(dir)).profiles().has('acme'), 'at a start there is none')

    const other = join(dir, 'beta.toml')
    const sample = readFileSync('config/example-provider.toml', 'utf8')
    writeFileSync(
      other,
      sample.replace('id = "example"', 'id = "beta"').replaceAll('example/', 'beta/'),
    )
    await opened.reread()
    t.ok(opened.profiles().has('beta'), 'TOML as well')
    rmSync(other)

    rmSync(file)
    mkdirSync(file)
    await opened.reread()
    t.match(opened.faults(), [{ at: file, message: /cannot be read/ }], 'a folder is no file')
    t.ok(opened.profiles().has('acme'))
    rmSync(file, { recursive: true })
    await opened.reread()
    t.strictSame(opened.faults(), [])
    t.notOk(opened.profiles().has('acme'))

    rmSync(dir, { recursive: true })
    writeFileSync(dir, 'a file where the directory should be')
    chmodSync(dir, 0o600)
    await opened.reread()
    t.match(opened.faults(), [{ code: 'PROVIDER_PROFILE', at: dir }])
  },
)
