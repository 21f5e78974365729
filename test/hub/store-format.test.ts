import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { hubBench } from './bench.js'
import { answersOf, fillStore } from './damage.js'
import { HUB_PROGRAM } from './hub-process.js'

/** Every file below a folder with its octets and the time of its last change. */
function filesOf(dir: string): readonly (readonly unknown[])[] {
  const names = readdirSync(dir, { recursive: true }).map(String).sort()
  return names
    .map((name) => [name, statSync(join(dir, name))] as const)
    .filter(([, stat]) => stat.isFile())
    .map(([name, { mtimeMs }]) => [name, mtimeMs, readFileSync(join(dir, name), 'hex')])
}

/** The program on this data directory, which it must refuse. */
function refusalOf(dir: string, ...words: readonly string[]) {
  const args = [HUB_PROGRAM, '--data', dir, '--listen', '127.0.0.1:0', ...words]
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
}

const AMOUNTS = { routers: 2, events: 3, intents: 1 }

t.test('a store without a number is of format 1, and gets its number', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  const before = await fillStore(dir, AMOUNTS, 1)
  rmSync(join(dir, 'store.format'))
  const at = await hubBench({ dir })
  t.same(await answersOf(at), before)
  t.equal(readFileSync(join(dir, 'store.format'), 'utf8'), '1\n')
  await at.close()
})

t.test('a store of a later format is refused by name, and nothing of it changes', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  const before = await fillStore(dir, AMOUNTS, 1)
  writeFileSync(join(dir, 'store.format'), '2\n')
  const files = filesOf(dir)
  const refusal =
    /STATE_NEWER.*its format is 2, and this demarc-hub reads 1.*Install the newer demarc-hub again, or restore the backup/
  for (const words of [[], ['--accept-damage'], ['--backup', `${dir}.copy`]]) {
    t.match(refusalOf(dir, ...words), { status: 78, stderr: refusal }, words.join(' '))
    t.strictSame(filesOf(dir), files)
  }
  t.strictSame(readdirSync(t.testdirName), ['full'], 'nothing is set aside or copied')
  t.comment('the newer hub again')
  writeFileSync(join(dir, 'store.format'), '1\n')
  const at = await hubBench({ dir })
  t.same(await answersOf(at), before)
  await at.close()
})

t.test('a backup has the number, and one of a later format is refused as it is', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  const before = await fillStore(dir, AMOUNTS, 1)
  const copy = `${dir}.copy`
  t.match(refusalOf(dir, '--backup', copy), { status: 0 })
  t.equal(readFileSync(join(copy, 'store.format'), 'utf8'), '1\n')
  const later = `${dir}.later`
  cpSync(copy, later, { recursive: true, preserveTimestamps: true })
  writeFileSync(join(later, 'store.format'), '2\n')
  const files = filesOf(later)
  t.match(refusalOf(later), { status: 78, stderr: /STATE_NEWER/ })
  t.strictSame(filesOf(later), files, 'it is still a backup for the newer hub')
  const at = await hubBench({ dir: copy })
  t.same(await answersOf(at), before)
  await at.close()
})

t.test('a number that cannot be read is named, with what to do', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  await fillStore(dir, AMOUNTS, 1)
  for (const text of ['', '1', 'one\n', '0\n', `${'9'.repeat(40)}\n`]) {
    writeFileSync(join(dir, 'store.format'), text)
    await t.rejects(hubBench({ dir }), /store\.format.*remove the file and start the hub/, text)
  }
})
