#!/usr/bin/env node
/**
 * Refuses words that were given up (`retired-words.mjs`), in names, comments, messages and pages, so that one
 * concept keeps one word.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { conclude } from './syntax.mjs'
import { retiredWords } from './retired-words.mjs'

const FOLDERS = ['src', 'test', 'scripts', 'docs', 'config', 'systemd']
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'package.json']
const TEXT = /\.(ts|mjs|js|md|json|toml|service|timer|sh|py)$|\/[a-z0-9-]+$/
/** Files that name retired words to refuse or to explain them. */
const LEFT_OUT = [
  'scripts/checks/retired-words.mjs',
  'scripts/checks/planted-faults.mjs',
  'docs/decisions.md',
]
/** Programs of earlier versions, bundled. */
const BUNDLES = /^test\/fixtures\/.*\.mjs$/
const CODE = /^(src|test|scripts)\//

/** `reportEnd` → `report end`, `LACP_MEMBER` → `lacp member`. */
function wordsOf(identifier) {
  return identifier
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .replaceAll(/[_$-]+/g, ' ')
    .trim()
    .toLowerCase()
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The retired words as they are looked for, in text and in names. */
const rules = retiredWords.map((row) => ({
  ...row,
  except: row.except ?? [],
  inText: new RegExp(`(?<![\\w-])${escaped(row.word)}(?![\\w-])`, 'i'),
  inNames: new RegExp(`(^| )${escaped(row.word.toLowerCase())}( |$)`),
}))

function findIn(file) {
  const code = CODE.test(file)
  const own = rules.filter(
    ({ where, except }) =>
      (where === 'everywhere' || code) && !except.some((path) => file.startsWith(path)),
  )
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      const names = code ? (line.match(/[A-Za-z_$][\w$]*/g) ?? []).map(wordsOf) : []
      return own
        .filter(
          ({ where, inText, inNames }) =>
            (where !== 'identifiers' && inText.test(line)) ||
            names.some((name) => name.includes(' ') && inNames.test(name)) ||
            (where === 'identifiers' && names.some((name) => inNames.test(name))),
        )
        .map(({ word, instead }) => `${file}:${index + 1} says "${word}"; write ${instead}`)
    })
}

/** The files git knows, or where there is no repository all files of the folders. */
function files() {
  const known = existsSync('.git')
    ? execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...FOLDERS], {
        encoding: 'utf8',
      }).split('\n')
    : FOLDERS.flatMap((folder) =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`),
      )
  return [...known, ...PAGES].filter(
    (file) =>
      TEXT.test(file) && existsSync(file) && !LEFT_OUT.includes(file) && !BUNDLES.test(file),
  )
}

const all = files()
conclude('words', all.length, all.flatMap(findIn))
