#!/usr/bin/env node
/**
 * Proves that every checker runs: it fails on a copy of the tree with a planted fault, and names the
 * place. That it passes without, `npm run check` shows. The tree itself is not touched.
 */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { checkers } from './checkers.mjs'
import { faults } from './planted-faults.mjs'
import { npmRun } from './npm-run.mjs'
import { openTap } from '../tap/tap.mjs'

const LEFT_OUT = new Set(['node_modules', '.git', 'dist', '.tap', '.cache'])

async function copyOfTree() {
  const copy = await mkdtemp(join(tmpdir(), 'demarc-prove-'))
  await cp('.', copy, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
  await symlink(resolve('node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Plants one fault; the answer takes it away again. */
async function plant(copy, { files = {}, edit = {}, commits = [] }) {
  const originals = new Map()
  for (const [name, change] of Object.entries(edit)) {
    const path = join(copy, name)
    const text = await readFile(path, 'utf8')
    if (change(text) === text) throw new Error(`the fault for ${name} changes nothing`)
    originals.set(path, text)
    await writeFile(path, change(text))
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(copy, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  for (const message of commits) commit(copy, message)
  return async () => {
    if (commits.length > 0) await rm(join(copy, '.git'), { recursive: true })
    for (const [path, text] of originals) await writeFile(path, text)
    for (const name of Object.keys(files)) await rm(join(copy, name))
    if (files['src/attic/planted-room.ts'] !== undefined)
      await rm(join(copy, 'src/attic'), { recursive: true })
  }
}

/** An empty commit in the copy, which gets a repository with the first. */
function commit(copy, message) {
  const git = (...words) => execFileSync('git', words, { cwd: copy, stdio: 'ignore' })
  git('init', '--quiet')
  const author = ['-c', 'user.name=demarc', '-c', 'user.email=demarc@localhost']
  git(...author, 'commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
}

/** What the output must show: every planted file, or what the fault says itself. */
function expected({ files = {}, says }) {
  if (says !== undefined) return [says].flat()
  return Object.keys(files).map((name) => new RegExp(basename(name).replaceAll('.', '\\.')))
}

const unproven = checkers.filter((name) => !faults.some(({ run }) => run === name))
if (unproven.length > 0) throw new Error(`no fault is planted for ${unproven.join(', ')}`)
const copy = await copyOfTree()
const tap = openTap(faults.length)
try {
  for (const each of faults) {
    const uproot = await plant(copy, each)
    const { passed, output, seconds } = await npmRun(each.run, copy)
    const unseen = expected(each).filter((sign) => !sign.test(output))
    const found = !passed && unseen.length === 0
    const complaint = `exit ${passed ? 'success' : 'failure'}, not named: ${unseen.join(' ')}\n${output}`
    tap.point(found, `${each.run} finds ${each.why} (${seconds} s)`, found ? '' : complaint)
    await uproot()
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
