/**
 * `node scripts/build.mjs [lab|unit]`: bundles the programs into `dist`, what runs in the lab's guest into
 * `.cache/lab`, or the tests of this machine into `.cache/unit`. Finding and reading hundreds of modules
 * is most of a program's start, so each is one file and a few that it shares with others. All lie in
 * one folder: a file names another one beside it, wherever its code ended up. Types are checked by
 * `npm run types`.
 */
import { build } from 'esbuild'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Native code and the packages around it stay in `node_modules`, and so does the test runner. */
const EXTERNAL = ['classic-level', 'netlink', 'node-ssh', 'tap']

/** What they spawn: a process and a thread of their own. */
const SERVANTS = {
  'module-worker': 'src/edge/kernel/ethtool/module-worker.ts',
  'news-child': 'src/edge/kernel/news/news-child.ts',
}

const PROGRAMS = {
  demarc: 'src/cli/main.ts',
  demarcd: 'src/agent/main.ts',
  'demarc-rollback': 'src/agent/rollback-main.ts',
  'demarc-hub': 'src/hub/main.ts',
  ...SERVANTS,
}

const what = process.argv[2] ?? 'programs'
if (what === 'lab') await bundle('.cache/lab', { ...labPrograms(), ...SERVANTS })
else if (what === 'unit') await bundle('.cache/unit', unitTests())
else writeRest('dist', await bundle('dist', PROGRAMS))

/** Esbuild's account of what went into what. */
async function bundle(outdir, entryPoints) {
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: EXTERNAL,
    sourcemap: 'linked',
    sourcesContent: false,
    chunkNames: '[name]-[hash]',
    // Packages written for CommonJS ask for Node's own modules this way.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    metafile: true,
    logLevel: 'warning',
  })
  return metafile
}

/** Entry points by the name of their bundle: a scenario keeps its name, a folder's `main.ts` gets the folder's. */
function labPrograms() {
  const files = readdirSync('test/lab', { recursive: true })
  const tests = files.filter((file) => file.endsWith('.test.ts'))
  const mains = files.filter((file) => file.endsWith('/main.ts'))
  const named = [
    ...tests.map((file) => [basename(file, '.ts'), `test/lab/${file}`]),
    ...mains.map((file) => [dirname(file), `test/lab/${file}`]),
  ]
  return {
    ...Object.fromEntries(named),
    run: 'test/lab/run.ts',
    'crash-agent-process': 'test/lab/crash/agent-process.ts',
    'crash-power': 'test/lab/crash/power.ts',
    'bench-idle': 'test/lab/bench/idle.ts',
    'bench-rollback': 'test/lab/bench/rollback.ts',
    'bench-vlans': 'scripts/bench/vlans.mjs',
    'bench-neighbours': 'scripts/bench/neighbours.mjs',
  }
}

/** `test/core/links/laws.test.ts` is `core-plan-laws.test`. */
function unitTests() {
  const files = readdirSync('test', { recursive: true })
  const here = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith('lab/'))
  return Object.fromEntries(
    here.map((file) => [file.replaceAll('/', '-').replace(/\.ts$/, ''), `test/${file}`]),
  )
}

/** What the bundle still needs at run time, for Node and for `demarc install`; and whose code is in it. */
function writeRest(outdir, { inputs, outputs }) {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  const left = Object.entries(dependencies).filter(([name]) =>
    imported.some((path) => path === name || path.startsWith(`${name}/`)),
  )
  const manifest = { type: 'module', dependencies: Object.fromEntries(left) }
  writeFileSync(join(outdir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const folders = new Set(
    Object.keys(inputs).flatMap(
      (path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
    ),
  )
  const licences = [...folders].sort().map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
    if (file === undefined) throw new Error(`${folder} has no licence`)
    return `${folder.split('node_modules/').at(-1)}\n\n${readFileSync(join(folder, file), 'utf8')}`
  })
  writeFileSync(join(outdir, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n`))
}
