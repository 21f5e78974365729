#!/usr/bin/env node
/**
 * Draws the floors and rooms of `scripts/checks/rooms.mjs` between two markers in
 * `docs/architecture.md`. With `--check` it writes nothing and fails when the drawing is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { floors, rooms } from '../checks/rooms.mjs'

const FILE = 'docs/architecture.md'
const START = '<!-- rooms: made by scripts/generate/rooms-page.mjs, do not edit -->'
const END = '<!-- /rooms -->'

/** The vocabulary is left out: everything imports it. */
function row(room) {
  const { purpose, rooms: may, packages, node } = rooms[room]
  const others = may.filter((name) => name !== 'core/base' && name !== 'core/model')
  return [
    `\`${room}\``,
    purpose,
    others.map((name) => `\`${name}\``).join(' ') || '–',
    packages.map((name) => `\`${name}\``).join(' ') || '–',
    node ? 'yes' : 'no',
  ]
}

function table(rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(3, ...rows.map((cells) => cells[column].length)),
  )
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return [
    line(rows[0]),
    `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`,
    ...rows.slice(1).map(line),
  ]
}

/** Characters of one line of rooms. */
const WIDTH = 88

/** One floor: each first folder with the rooms inside it. */
function box({ name, says, rooms: inside }) {
  const heads = new Map()
  for (const room of inside) {
    const parts = room.split('/')
    const deep = name === 'programs' ? 1 : 2
    const head = parts.slice(deep - 1, deep).join('/')
    heads.set(head, [...(heads.get(head) ?? []), ...parts.slice(deep)])
  }
  const words = [...heads].map(([head, rest]) =>
    rest.length === 0 ? head : `${head} (${[...new Set(rest)].join(', ')})`,
  )
  return [...wrapped(words), says]
    .map((line, i) => `  ${(i === 0 ? name : '').padEnd(11)} │ ${line}`)
    .join('\n')
}

function wrapped(words) {
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1)
    if (line === '') lines[lines.length - 1] = word
    else if (`${line} · ${word}`.length <= WIDTH) lines[lines.length - 1] = `${line} · ${word}`
    else lines.push(word)
  }
  return lines
}

function drawing() {
  const head = [
    'room',
    'purpose',
    'may import besides `core/base` and `core/model`',
    'packages',
    'Node modules',
  ]
  return [
    START,
    '',
    '```text',
    floors.map(box).join('\n  ────────────┼──── imports only downwards ────\n'),
    '```',
    '',
    ...table([head, ...Object.keys(rooms).map(row)]),
    '',
    END,
  ].join('\n')
}

const text = readFileSync(FILE, 'utf8')
const [before, rest] = text.split(START)
const after = rest?.split(END)[1]
if (after === undefined) throw new Error(`${FILE} has no markers ${START} … ${END}`)
const wanted = before + drawing() + after

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, wanted)
} else if (wanted !== text) {
  console.error(`${FILE}: the drawing of rooms is stale, run: npm run generate`)
  process.exitCode = 1
}
