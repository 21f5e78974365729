import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { FaultError } from '../../../src/core/base/fault.js'
import { openVault } from '../../../src/edge/host/secrets/vault.js'

const codeOf = (error: unknown) => (error instanceof FaultError ? error.fault.code : String(error))

t.test('a digest is the same after a restart and different on another router', async (t) => {
  const dir = t.testdir()
  const first = await openVault({ keyFile: join(dir, 'key') })
  const again = await openVault({ keyFile: join(dir, 'key') })
  const other = await openVault({ keyFile: join(dir, 'other-key') })
  const digest = first.conceal('geheim')
  t.match(digest, /^[0-9a-f]{32}$/)
  t.equal(first.reveal(digest), 'geheim')
  t.same([...first.known()], ['geheim'])
  t.equal(again.reveal(digest), undefined, 'a digest alone gives nothing away')
  t.equal(again.conceal('geheim'), digest)
  t.not(other.conceal('geheim'), digest)
  t.equal(statSync(join(dir, 'key')).mode & 0o777, 0o600)
})

t.test('a vault key that others may read or that is damaged is refused', async (t) => {
  const dir = t.testdir({ key: `${'ab'.repeat(32)}\n`, short: 'abcd' })
  chmodSync(join(dir, 'key'), 0o644)
  chmodSync(join(dir, 'short'), 0o600)
  for (const name of ['key', 'short']) {
    const error: unknown = await openVault({ keyFile: join(dir, name) }).catch((e: unknown) => e)
    t.equal(codeOf(error), 'STATE_DAMAGED')
  }
})

t.test('what was sealed before a crash can be revealed by digest after it', async (t) => {
  const keyFile = join(t.testdir(), 'key')
  const before = await openVault({ keyFile })
  const digests = ['first-Pass1', 'second-Pass2'].map((text) => before.conceal(text))
  before.conceal('not-asked-for')
  const sealed = before.exportSealed([...digests, ...digests, 'f'.repeat(32)])
  t.match(sealed, /^demarc-sealed-1\.[\w.-]+$/, 'one line of ASCII')
  t.notMatch(sealed, /Pass|asked/)
  const after = await openVault({ keyFile })
  t.same(after.importSealed(sealed), { ok: true, value: digests })
  t.same(
    digests.map((digest) => after.reveal(digest)),
    ['first-Pass1', 'second-Pass2'],
  )
  t.same([...after.known()], ['first-Pass1', 'second-Pass2'], 'the log cuts them out, no others')
})

t.test('the same passwords never look the same when sealed', async (t) => {
  const vault = await openVault({ keyFile: join(t.testdir(), 'key') })
  const digests = [vault.conceal('geheim')]
  t.not(vault.exportSealed(digests), vault.exportSealed(digests))
})

t.test('a sealed text opens only whole, on its router and for its purpose', async (t) => {
  const dir = t.testdir()
  const vault = await openVault({ keyFile: join(dir, 'key') })
  const other = await openVault({ keyFile: join(dir, 'other-key') })
  const sealed = vault.exportSealed([vault.conceal('geheim')])
  const damaged = { ok: false, faults: [{ code: 'STATE_DAMAGED' }] }
  t.match(other.importSealed(sealed), damaged)
  t.match(vault.unseal('pushed secrets', sealed), damaged)
  t.match(vault.importSealed(vault.seal('change journal', '{"a":1}')), damaged)
  for (const text of ['', 'geheim', 'demarc-sealed-1....', `${sealed}.AA`, sealed.slice(0, -2)]) {
    t.match(vault.importSealed(text), damaged)
  }
  for (let place = 0; place < sealed.length; place++) {
    const swapped = sealed[place] === 'A' ? 'B' : 'A'
    const changed = sealed.slice(0, place) + swapped + sealed.slice(place + 1)
    const opened = vault.importSealed(changed)
    if (!opened.ok) continue
    t.equal(Buffer.compare(bytesOf(changed), bytesOf(sealed)), 0, 'only unused bits were changed')
  }
})

t.test('law: whatever is sealed comes back as it was', async () => {
  const vault = await openVault({ keyFile: join(t.testdir(), 'key') })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const opened = vault.unseal('pushed secrets', vault.seal('pushed secrets', text))
      return opened.ok && opened.value === text
    }),
  )
})

/** The octets of a sealed text's four parts. */
function bytesOf(sealed: string): Buffer {
  return Buffer.concat(sealed.split('.').map((part) => Buffer.from(part, 'base64url')))
}
