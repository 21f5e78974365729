/**
 * `node scripts/build.mjs [lab|unit|sweep|fuzz|light]`: bundles the programs into `dist`, the programs of the lab's guest
 * into `.cache/lab`, the unit tests into `.cache/unit`, or the sweep of FRR's settings or the fuzzer into a
 * folder of that name in `.cache`. Finding and reading hundreds of modules is most of the
 * start of a program, so each program is one file and a few shared chunks. All files of a bundle are in one
 * folder, so code can name another program beside it. `npm run types` checks the types.
 */
import { build } from 'esbuild'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Packages that stay in `node_modules`: those with native code, the test runner, and what tests bundle with. */
const EXTERNAL = ['classic-level', 'netlink', 'node-ssh', 'tap', 'esbuild']

/** The child process and the worker thread that the programs start. */
const HELPERS = {
  'module-worker': 'src/edge/kernel/ethtool/module-worker.ts',
  'news-child': 'src/edge/kernel/news/news-child.ts',
}

const PROGRAMS = {
  demarc: 'src/cli/main.ts',
  demarcd: 'src/agent/main.ts',
  'demarc-rollback': 'src/agent/rollback-main.ts',
  'demarc-hub': 'src/hub/main.ts',
  ...HELPERS,
}

const TOOLS = {
  sweep: 'test/support/frr/sweep/main.ts',
  fuzz: 'test/fuzz/main.ts',
  light: 'test/light/main.ts',
}

const what = process.argv[2] ?? 'programs'
if (what === 'lab') await bundle('.cache/lab', { ...labPrograms(), ...HELPERS })
else if (what in TOOLS) await bundle(`.cache/${what}`, { [what]: TOOLS[what] })
else if (what === 'unit') await bundle('.cache/unit', unitTests())
else writeManifest('dist', await bundle('dist', PROGRAMS))

/** Bundles the entry points; returns esbuild's metafile. */
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
    // CommonJS packages in the bundle load Node's own modules with `require`.
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
    'bench-cut': 'test/lab/bench/cut.ts',
    'bench-idle': 'test/lab/bench/idle.ts',
    'bench-look': 'test/lab/bench/look.ts',
    'bench-rollback': 'test/lab/bench/rollback.ts',
    'bench-ecmp': 'test/lab/bench/ecmp.ts',
    'bench-vlans': 'scripts/bench/vlans.mjs',
    'bench-neighbours': 'scripts/bench/neighbours.mjs',
  }
}

/** Entry points by the name of their bundle: `core-links-laws.test` for `test/core/links/laws.test.ts`. */
function unitTests() {
  const files = readdirSync('test', { recursive: true })
  const tests = files.filter((file) => file.endsWith('.test.ts') && !file.startsWith('lab/'))
  return Object.fromEntries(
    tests.map((file) => [file.replaceAll('/', '-').replace(/\.ts$/, ''), `test/${file}`]),
  )
}

/** Writes package.json with the packages that the bundle imports at run time, and the licences of the bundled packages. */
function writeManifest(outdir, { inputs, outputs }) {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const imported = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  const needed = Object.entries(dependencies).filter(([name]) =>
    imported.some((path) => path === name || path.startsWith(`${name}/`)),
  )
  const manifest = { type: 'module', dependencies: Object.fromEntries(needed) }
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
