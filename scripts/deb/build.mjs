#!/usr/bin/env node
/**
 * `npm run deb -- [--arch amd64|arm64] [--version V] [--out DIR] [--package NAME] [--compression none] [--node machine] [--sign KEY]`: builds the Debian packages `demarc` and `demarc-hub`
 * with debhelper and dpkg-deb, without the network. The same commit always gives the same octets: every time
 * in a package is that of the commit. Beside the packages it writes their SHA-256 sums, signed with the key that `--sign` names,
 * and a bill of materials (CycloneDX).
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { billOfMaterials } from './bill-of-materials.mjs'
import { releaseFiles } from './closure.mjs'
import { layOut, NODE_PACKAGES, nodeVersion } from './layout.mjs'
import { signFile } from './sign.mjs'

const here = import.meta.dirname
const { version: ownVersion } = JSON.parse(readFileSync('package.json', 'utf8'))
const { values: options } = parseArgs({
  options: {
    arch: { type: 'string', default: 'amd64' },
    version: { type: 'string', default: ownVersion },
    out: { type: 'string', default: '.cache/deb' },
    // One of both packages; both without it.
    package: { type: 'string' },
    // machine: a link to the Node of this machine, for tests that install the packages where unpacking takes minutes.
    node: { type: 'string', default: 'own' },
    // none: for tests that install the packages where unpacking takes minutes.
    compression: { type: 'string', default: 'xz' },
    // A key of the caller's GnuPG, by fingerprint or address; without it nothing is signed.
    sign: { type: 'string' },
  },
})
const { arch, version } = options
if (!(arch in NODE_PACKAGES))
  end(`--arch ${arch}: must be one of ${Object.keys(NODE_PACKAGES).join(', ')}`)
if (!existsSync('dist/demarcd.js')) end('dist/demarcd.js is missing: run npm run build first')
if (!existsSync(join(here, 'runtime/node_modules'))) {
  end('the Node of the packages is missing: run scripts/setup.d/runtime.sh first')
}

const out = resolve(options.out)
const work = join(out, `build-${arch}`)
rmSync(work, { recursive: true, force: true })
const source = join(work, `demarc-${version}`)
const files = await releaseFiles(process.cwd())
const time = commitTime()
await layOut({ arch, files, tree: join(source, 'tree'), ownNode: options.node === 'own' })
cpSync(join(here, 'debian'), join(source, 'debian'), { recursive: true })
writeFileSync(join(source, 'debian/changelog'), changelog())
cpSync(join(here, 'copyright'), join(source, 'debian/copyright'))
const env = {
  ...process.env,
  SOURCE_DATE_EPOCH: `${time}`,
  TZ: 'UTC',
  LC_ALL: 'C.UTF-8',
  DEMARC_COMPRESSION: options.compression,
  ...(options.package === undefined ? {} : { DH_OPTIONS: `-p${options.package}` }),
}
execFileSync('dpkg-buildpackage', ['-us', '-uc', '-b', `-a${arch}`, '-d'], {
  ...{ cwd: source, env, stdio: ['ignore', 'ignore', 'inherit'] },
})

const packages = readdirSync(work).filter((name) => name.endsWith('.deb'))
for (const name of packages) cpSync(join(work, name), join(out, name))
const bom = `demarc_${version}_${arch}.cdx.json`
writeFileSync(
  join(out, bom),
  `${JSON.stringify(billOfMaterials({ files, version, arch, time }), null, 2)}\n`,
)
const sums = [...packages, bom].map((name) => `${sha256(join(out, name))}  ${name}`)
const sumsFile = join(out, `SHA256SUMS-${arch}`)
writeFileSync(sumsFile, `${sums.join('\n')}\n`)
signFile(sumsFile, options.sign)
rmSync(work, { recursive: true, force: true })
for (const line of sums) console.log(line)

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** Seconds since 1970: when the commit that is built was made; without git, when the changelog says. */
function commitTime() {
  const given = process.env.SOURCE_DATE_EPOCH
  if (given !== undefined) return Number(given)
  const words = ['log', '-1', '--format=%ct']
  return Number(
    execFileSync('git', words, { encoding: 'utf8', cwd: dirname(dirname(here)) }).trim(),
  )
}

function changelog() {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000')
  return `demarc (${version}) unstable; urgency=medium

  * Built with Node ${nodeVersion(arch)}. CHANGELOG.md says what changed.

 -- demarc <demarc@example.net>  ${date}
`
}

function end(why) {
  console.error(why)
  process.exit(78)
}
