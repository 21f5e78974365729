import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { t, type Test } from 'tap'
import { FaultError } from '../../src/core/base/fault.js'
import { hubBench } from './bench.js'
import {
  answersOf,
  damageFile,
  fillStore,
  numbersFrom,
  storeFiles,
  type Acknowledged,
} from './damage.js'

t.setTimeout(300_000)

/** Seeds for each file; more with `DAMAGE_SEEDS`. */
const SEEDS = Number(process.env['DAMAGE_SEEDS'] ?? 6)

/** A start on a damaged directory: it has everything, or says what is missing; it is never silent. */
async function verdict(dir: string, before: Acknowledged): Promise<string> {
  try {
    const at = await hubBench({ dir })
    try {
      return isDeepStrictEqual(await answersOf(at), before) ? 'whole' : 'SILENT LOSS'
    } finally {
      await at.close()
    }
  } catch (error) {
    if (!(error instanceof FaultError)) return `CRASH ${String(error)}`
    const { code, message } = error.fault
    const isNamed = code === 'STATE_DAMAGED' && /the store is damaged: \S/.test(message)
    // One bit makes another number of the format.
    return isNamed || (code === 'STATE_NEWER' && /its format is [3579]/.test(message))
      ? 'refused'
      : `WRONG ${code} ${message}`
  }
}

function copied(t: Test, from: string, name: string): string {
  const dir = join(t.testdirName, name)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  cpSync(from, dir, { recursive: true })
  return dir
}

t.test('any damage of any file is found at the start, or nothing is missing', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  const before = await fillStore(dir, { routers: 5, events: 40, intents: 3 }, 3)
  t.equal(before.events['edge-0']?.length, 120)
  const verdicts = new Map<string, number>()
  for (const file of storeFiles(dir)) {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const copy = copied(t, dir, 'copy')
      const how = damageFile(join(copy, file), numbersFrom(`${file} ${seed}`))
      const result = await verdict(copy, before)
      verdicts.set(result, (verdicts.get(result) ?? 0) + 1)
      if (result !== 'whole' && result !== 'refused') t.fail(`${file}, ${how}: ${result}`)
      rmSync(copy, { recursive: true })
    }
  }
  t.comment(JSON.stringify(Object.fromEntries(verdicts)))
  t.ok((verdicts.get('refused') ?? 0) > 0)
})

t.test('a file of the store that is gone is found at the start', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  const before = await fillStore(dir, { routers: 3, events: 10, intents: 2 }, 2)
  for (const file of storeFiles(dir)) {
    const copy = copied(t, dir, 'copy')
    rmSync(join(copy, file))
    const expected = file.startsWith('store.') ? 'whole' : 'refused'
    t.equal(await verdict(copy, before), expected, file)
    rmSync(copy, { recursive: true })
  }
  const copy = copied(t, dir, 'copy')
  rmSync(join(copy, 'store'), { recursive: true })
  t.equal(await verdict(copy, before), 'refused', 'the whole store')
})

t.test('a refused start leaves every file, and says how many of what are missing', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  await fillStore(dir, { routers: 4, events: 20, intents: 2 }, 1)
  const log = storeFiles(dir).find((name) => name.endsWith('.log')) ?? ''
  truncateSync(join(dir, log), Math.floor(statSync(join(dir, log)).size / 2))
  const files = storeFiles(dir)
  const refusal = /routers: \d+ of 4 are missing|events: \d+ of 80 are missing/
  await t.rejects(hubBench({ dir }), refusal)
  t.same(storeFiles(dir), files)
  await t.rejects(hubBench({ dir }), refusal, 'the second start says the same')
  t.same(
    readdirSync(dir).filter((name) => name.startsWith('store.start-')),
    [],
  )
})

t.test('with the damage accepted the hub goes on, and keeps what was there', async (t) => {
  const dir = join(t.testdir({ full: {} }), 'full')
  await fillStore(dir, { routers: 4, events: 20, intents: 2 }, 1)
  const log = storeFiles(dir).find((name) => name.endsWith('.log')) ?? ''
  damageFile(join(dir, log), (below) => (below === 4 ? 1 : Math.floor(below / 2)))
  await t.rejects(hubBench({ dir }), /--accept-damage/)
  const at = await hubBench({ dir, acceptDamage: true })
  t.match(at.log.lines.join('\n'), /store-damage-accepted.*missing/)
  const aside = readdirSync(dir).find((name) => name.startsWith('store.damaged-')) ?? ''
  t.ok(existsSync(join(dir, aside, 'CURRENT')), 'the damaged files are set aside')
  await at.register('edge-new')
  const answers = await answersOf(at)
  t.ok(answers.routers.includes('edge-new'))
  await at.restart()
  t.same(await answersOf(at), answers, 'and the next start has nothing to say')
  await at.close()
})
