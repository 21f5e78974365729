import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import t from 'tap'
import { createProgram } from '../../src/cli/program.js'
import { FAULTS } from '../../src/core/base/fault.js'

/** Pages for a person in trouble: what they say to type must exist, and every code that they name. */
const PAGES = ['docs/troubleshooting.md', 'docs/upgrade.md']

const read = (path: string): string => readFileSync(path, 'utf8')

/** Codes and severities of findings; `test/core/health/rules.test.ts` holds the page against the rules. */
const FINDINGS = new Map(
  [...read('docs/health.md').matchAll(/^\| `([A-Z_]+)` +\| +(\w+)?/gm)].map(
    ({ 1: code = '', 2: severity = '' }) => [code, severity],
  ),
)

/** The command lines of `demarc` in code, without comments, up to what a shell reads as the end of one. */
function commands(text: string): readonly string[] {
  const code = [...text.matchAll(/```sh\n([^]*?)```|`([^`\n]+)`/g)].map(
    ({ 1: block, 2: inline }) => block ?? inline ?? '',
  )
  return code
    .flatMap((each) => each.split('\n'))
    .map((line) => line.replace(/ # .*|\s#.*$/, '').trim())
    .flatMap((line) => line.split(/ (?:&&|\||;) /))
    .filter((line) => /^(sudo )?demarc (?!-hub)/.test(line))
}

/** Why the words are no command line of the program; null: they are one. Nothing is run. */
function refusal(line: string): string | null {
  let ran = false
  const program = createProgram(async () => {
    ran = true
  })
  const all: readonly Command[] = [program, ...program.commands]
  for (const each of all)
    each.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ({ 1: quoted, 2: word }) => quoted ?? word ?? '',
  )
  try {
    program.parse(words.slice(words.indexOf('demarc') + 1).map(sample), { from: 'user' })
    return ran ? null : 'nothing was run'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Words that stand for something are replaced by an example. */
function sample(word: string): string {
  const optional = word.replace(/^\[(.*)\]$/, '$1')
  return { GENERATION: '41', ADDRESS: '10.0.0.1' }[optional] ?? optional
}

t.test('each command that a page names exists, with these options', (t) => {
  for (const page of PAGES) {
    const lines = commands(read(page))
    t.ok(lines.length > 3, page)
    t.strictSame(
      lines.flatMap((line) => {
        const why = /^demarc( --?\w+)?$/.test(line) ? null : refusal(line)
        return why === null ? [] : [`${page}: ${line}: ${why}`]
      }),
      [],
    )
  }
  t.match(refusal('demarc repair --acept'), /--acept/)
  t.match(refusal('demarc show everything'), /everything/)
  t.match(refusal('demarc no-such-verb'), /no-such-verb/)
  t.end()
})

t.test('each option of demarc-hub that a page names exists', (t) => {
  const help = spawnSync(process.execPath, ['dist/demarc-hub.js', '--help'], {
    encoding: 'utf8',
  }).stdout
  for (const page of PAGES) {
    const lines = [...read(page).matchAll(/^demarc-hub (--.*)$/gm)].flatMap(({ 1: words = '' }) =>
      words.split(' '),
    )
    for (const word of lines.filter((each) => each.startsWith('--')))
      t.match(help, new RegExp(`^ +${word} `, 'm'), `${page}: ${word}`)
  }
  t.end()
})

t.test('each code that a page names exists, and every critical finding has its remedy', (t) => {
  for (const page of PAGES) {
    const named = [...read(page).matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(
      ({ 1: code = '' }) => code,
    )
    t.strictSame(
      named.filter((code) => !(code in FAULTS) && !FINDINGS.has(code)),
      [],
      page,
    )
  }
  const text = read('docs/troubleshooting.md')
  const critical = [...FINDINGS]
    .filter(([, severity]) => severity === 'critical')
    .map(([code]) => code)
  t.ok(critical.length > 40, 'the table of findings was read')
  t.strictSame(
    critical.filter((code) => !text.includes(`\`${code}\``)),
    [],
  )
  t.end()
})

t.test('each link to a page or a section leads there', (t) => {
  for (const page of PAGES) {
    for (const { 1: path = '', 2: section } of read(page).matchAll(
      /\]\(([\w./-]*)(?:#([\w-]+))?\)/g,
    )) {
      const target = path === '' ? page : `docs/${path}`
      t.ok(existsSync(target), `${page}: ${target}`)
      const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(({ 1: title = '' }) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      )
      if (section !== undefined) t.ok(anchors.includes(section), `${page}: ${target}#${section}`)
    }
  }
  t.end()
})
