import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { planted } from '../support/process/planted-secrets.js'

const SECRET = planted('hunted')

function scan(...folders: readonly string[]) {
  const result = spawnSync(process.execPath, ['scripts/scan-secrets.mjs', ...folders], {
    encoding: 'utf8',
  })
  return { status: result.status, stdout: result.stdout }
}

/** A folder with outputs of the suite and one more file. */
function outputs(t: Test, name: string, text: string | Buffer): string {
  const dir = t.testdir({ 'unit.tap': 'ok 1 - fine\n', deep: { 'demarcd.log': '{"msg":"up"}\n' } })
  mkdirSync(join(dir, name, '..'), { recursive: true })
  writeFileSync(join(dir, name), text)
  return dir
}

t.test('outputs without a planted secret pass', (t) => {
  const { status, stdout } = scan(outputs(t, 'more.err', 'nothing\n'))
  t.equal(status, 0)
  t.match(stdout, /# 3 files of .* read/)
  t.end()
})

t.test(
  'a planted secret is found in every encoding, and only its file and line are printed',
  (t) => {
    const padded = (before: number) => Buffer.from(`${'{'.repeat(before)}${SECRET}}`)
    const leaks = {
      clear: `line one\n{"password":"${SECRET}"}\n`,
      binary: Buffer.concat([Buffer.from([0, 255, 10]), Buffer.from(SECRET)]),
      hex: `\n${Buffer.from(SECRET).toString('hex')}`,
      'base64-0': `\n${padded(0).toString('base64')}`,
      'base64-1': `\n${padded(1).toString('base64url')}`,
      'base64-2': `\n${padded(2).toString('base64')}`,
    }
    for (const [name, text] of Object.entries(leaks)) {
      const { status, stdout } = scan(outputs(t, `deep/${name}`, text))
      t.equal(status, 1, name)
      t.match(stdout, `deep/${name}:2 holds a planted secret`)
      t.notMatch(stdout, SECRET)
    }
    t.end()
  },
)

t.test('a support bundle is looked into', (t) => {
  const dir = outputs(
    t,
    'bundle.tar.gz',
    gzipSync(`-rw-------\0\nneighbor 10.0.0.1 password ${SECRET}\n`),
  )
  const { status, stdout } = scan(dir)
  t.equal(status, 1)
  t.match(stdout, 'bundle.tar.gz:2 holds a planted secret')
  t.equal(scan(outputs(t, 'bundle.tar.gz', gzipSync('neighbor 10.0.0.1\n'))).status, 0)
  t.end()
})

t.test("the operator's own files and a peer's configuration may hold one", (t) => {
  for (const name of ['agent/secrets/net-a-bgp', 'bird.conf', 'local.secrets']) {
    t.equal(scan(outputs(t, name, SECRET)).status, 0, name)
  }
  t.equal(scan(outputs(t, 'agent/secrets.log', SECRET)).status, 1)
  t.end()
})

t.test('a scan without files to read fails', (t) => {
  t.equal(scan().status, 1)
  t.equal(scan(t.testdir({})).status, 1)
  t.equal(scan(join(t.testdir({}), 'nowhere')).status, 1)
  t.equal(scan(outputs(t, 'x', 'x'), t.testdir({ secrets: { a: SECRET } })).status, 1)
  t.end()
})
