#!/usr/bin/env node
/**
 * `node scripts/previous-release.mjs COMMIT FOLDER`: bundles the hub of an earlier commit, and an agent of it on a
 * fake kernel and a fake FRR, into test/fixtures/FOLDER, for the test of one version against another. A checkout
 * without history has no earlier commits, so the bundles are kept in Git.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const AGENT = 'test/support/agent/agent-program.ts'
const [commit, folder] = process.argv.slice(2)
if (commit === undefined || folder === undefined) {
  console.error('usage: previous-release.mjs COMMIT FOLDER')
  process.exit(64)
}
const full = execFileSync('git', ['rev-parse', commit], { encoding: 'utf8' }).trim()
const out = resolve('test/fixtures', folder)
const work = mkdtempSync(join(tmpdir(), 'demarc-previous-'))
try {
  const tree = execFileSync('git', ['archive', full], { maxBuffer: 1 << 28 })
  execFileSync('tar', ['-x', '-C', work], { input: tree })
  symlinkSync(resolve('node_modules'), join(work, 'node_modules'))
  mkdirSync(out, { recursive: true })
  await bundle('src/hub/main.ts', 'hub.mjs')
  // The program is younger than its first commit, whose agent has the same parts.
  if (existsSync(join(work, 'test/support/agent/local-agent.ts'))) {
    if (!existsSync(join(work, AGENT))) cpSync(AGENT, join(work, AGENT))
    await bundle(AGENT, 'agent.mjs')
  }
  writeFileSync(join(out, 'commit.txt'), `${full}\n`)
} finally {
  rmSync(work, { recursive: true })
}

async function bundle(entry, name) {
  await build({
    entryPoints: [join(work, entry)],
    outfile: join(out, name),
    absWorkingDir: work,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['classic-level', 'netlink', 'node-ssh'],
    legalComments: 'none',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  })
}
