import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import { member } from '../../src/core/providers/subjects/line.js'

/** The page that has what demarc does about each fact of the providers: what it names is there. */

const PAGE = 'docs/providers/coverage.md'
const PROFILES = ['ovhcloud', 'yandex', 'outscale', 'jdcloud']
const CODE = /^[A-Z]+(_[A-Z0-9]+)*$/
const PATH = /^(test|config|docs)\//
const RULE = /^[a-z]+\/[a-z0-9-]+$/

interface Row {
  readonly fact: string
  readonly does: string
  readonly shown: string
}

const spansOf = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)

/** The rows of all tables of the page, without their heads. */
function rowsOf(page: string): readonly Row[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, fact = '', does = '', shown = '']) => ({ fact, does, shown }))
    .filter(({ fact }) => fact !== 'fact' && !/^-+$/.test(fact))
}

const rules = [...BUILT_IN.values()].flatMap((profile) => profile.rules.map(({ id }) => id))
const findings = spansOf(readFileSync('docs/health.md', 'utf8'))
const faults = spansOf(readFileSync('docs/faults.md', 'utf8'))
const schema: unknown = JSON.parse(readFileSync('docs/schemas/intent.schema.json', 'utf8'))

/** Whether the intent has a key such as `attachments[].bgp[].localAs`. */
function isKey(text: string): boolean {
  const found = text.split('.').reduce((node: unknown, key) => {
    const value = member(node, 'properties', key.replace('[]', ''))
    return key.endsWith('[]') ? member(value, 'items') : value
  }, schema)
  return found !== undefined
}

/** Why something on the page is not what it looks like; null: it is. */
function faultOf(span: string): string | null {
  if (span.startsWith('demarc ')) return null
  if (PATH.test(span)) return existsSync(span) ? null : `there is no ${span}`
  if (RULE.test(span)) return rules.includes(span) ? null : `no profile has the rule ${span}`
  if (CODE.test(span))
    return [...findings, ...faults].includes(span) ? null : `no page describes ${span}`
  return isKey(span) ? null : `the intent has no key ${span}`
}

/** The text of a file, or of all files of a folder. */
function textAt(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8')
  return readdirSync(path)
    .map((name) => textAt(`${path}/${name}`))
    .join('\n')
}

/** The findings and causes of a row that none of its tests has. */
function unshown({ does, shown }: Row): readonly string[] {
  const paths = spansOf(shown).filter((path) => existsSync(path))
  const tests = paths.map((path) => textAt(path)).join('\n')
  return spansOf(does).filter(
    (span) => CODE.test(span) && findings.includes(span) && !tests.includes(span),
  )
}

/** All that is wrong with a page. */
function faultsOf(page: string): readonly string[] {
  const all = spansOf(page)
  const rows = rowsOf(page)
  const wanted = rules.filter((id) => PROFILES.some((profile) => id.startsWith(`${profile}/`)))
  return [
    ...all.flatMap((span) => faultOf(span) ?? []),
    ...wanted.filter((id) => !all.includes(id)).map((id) => `no row names ${id}`),
    ...rows.flatMap((row) => {
      if (row.does.startsWith('Not in demarc: ')) return []
      const codes = unshown(row).map((code) => `no test of "${row.fact}" has ${code}`)
      return spansOf(row.shown).length > 0 ? codes : [`nothing shows "${row.fact}"`]
    }),
  ]
}

const page = readFileSync(PAGE, 'utf8')

t.test('the page names what there is', async (t) => {
  t.strictSame(faultsOf(page), [])
  t.ok(rowsOf(page).length > 80, 'its rows are read')
})

t.test('a page that names what is not there is refused', async (t) => {
  const planted: readonly (readonly [string, string, RegExp])[] = [
    ['`yandex/tagged`', '`yandex/taged`', /no profile has the rule yandex\/taged/],
    ['`ovhcloud/mac-limit`', 'a limit', /no row names ovhcloud\/mac-limit/],
    ['`EXPORT_LIMIT_NEAR`', '`EXPORT_LIMIT_FAR`', /no page describes EXPORT_LIMIT_FAR/],
    ['`STORM_LIMITED`', '`MEMORY_LOW`', /no test of "Broadcast .* has MEMORY_LOW/],
    ['`attachments[].tpid`', '`attachments[].tpids`', /no key attachments\[\]\.tpids/],
    ['`test/core/intent/gateways.test.ts`', '`test/core/gone.test.ts`', /no test\/core\/gone/],
    ['Not in demarc: it translates', 'It translates', /nothing shows "Public connection/],
  ]
  for (const [from, to, fault] of planted) {
    t.ok(page.includes(from), from)
    t.match(faultsOf(page.replaceAll(from, to)).join('\n'), fault)
  }
})
