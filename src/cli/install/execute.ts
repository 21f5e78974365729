import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { never } from '../../core/base/never.js'
import { seconds, toMillis } from '../../core/base/time.js'
import type { SshSession } from '../../edge/ssh/session.js'
import { PACKAGE_DIR } from './observe.js'
import { packageName, type PackageFile } from './package-file.js'
import type { HaveInstalled, InstallFile, InstallStep } from './plan.js'
import type { RootShell } from './privilege.js'

/** Time that apt-get may take, which has to fetch what the package depends on. */
const INSTALL_TIMEOUT = toMillis(seconds(900))

/**
 * Arguments: the file, its version, its name, and the name of the package that is installed, which stays with it for a
 * return. What an interrupted dpkg has left is finished first. Settings on the router are kept.
 */
const INSTALL = `
set -e
umask 022
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
inside=$(dpkg-deb -f "$1" Package Version | tr '\\n' ' ')
if [ "$inside" != "Package: demarc Version: $2 " ]; then
  echo "the file is not the package demarc $2: $inside" >&2
  exit 1
fi
mkdir -p ${PACKAGE_DIR}
kept=${PACKAGE_DIR}/$3
if [ "$1" != "$kept" ]; then
  install -m 0644 -- "$1" "$kept.part"
  mv -- "$kept.part" "$kept"
fi
dpkg --configure -a >/dev/null 2>&1 || true
apt-get install -qq --yes --reinstall --allow-downgrades --no-remove -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold -- "$kept" >/dev/null
for old in ${PACKAGE_DIR}/demarc_*; do
  [ "$old" = "$kept" ] || [ "$old" = "${PACKAGE_DIR}/$4" ] || rm -f -- "$old"
done
`

/** Arguments: the folder of saved files and pairs of a number and a path. What was not there before is removed. */
const RESTORE = `
set -e
dir=$1
shift
for path; do
  number=$((\${number:-0} + 1))
  if [ -e "$dir/before-$number" ]; then cp -a -- "$dir/before-$number" "$path"; else rm -f -- "$path"; fi
done
`
const SAVE = `
set -e
dir=$1
shift
for path; do
  number=$((\${number:-0} + 1))
  if [ -e "$path" ]; then cp -a -- "$path" "$dir/before-$number"; fi
done
`

/** What carries steps out: the SSH log-in and a root shell on the router. */
export interface InstallContext {
  readonly session: SshSession
  readonly root: RootShell
  readonly have: HaveInstalled
  /** Debian's name of the router's architecture. */
  readonly arch: string
  /** The package of the version before on the operator's machine; null: the one that the router kept. */
  readonly previous: PackageFile | null
  /** Gets one line before each step. */
  readonly progress: (message: string) => void
}

/** A folder on the router for the time of one installation. */
interface Workplace {
  readonly carryOut: (steps: readonly InstallStep[]) => Promise<void>
  /** Puts the files and the package of before in place again, and starts the agent. */
  readonly restore: (steps: readonly InstallStep[]) => Promise<void>
}

/** Runs `use` with a folder of mode 0700 on the router, which is removed afterwards. */
export async function inWorkplace<T>(
  context: InstallContext,
  use: (place: Workplace) => Promise<T>,
): Promise<T> {
  const { session, root } = context
  const made = await session.run(['mktemp', '-d', '-t', 'demarc-install.XXXXXXXX'])
  const dir = made.stdout.trim()
  try {
    return await use({
      async carryOut(steps) {
        await root.run(['sh', '-c', SAVE, 'save', dir, ...written(steps)])
        for (const step of steps) {
          context.progress(step.description)
          await carryOutStep(step, context, dir)
        }
      },
      restore: (steps) => restore(steps, context, dir),
    })
  } finally {
    // If the connection is lost, the directory stays behind; its mode 0700 keeps others out.
    await root.attempt(['rm', '-rf', '--', dir]).catch(() => undefined)
  }
}

const written = (steps: readonly InstallStep[]): string[] =>
  steps.flatMap((step) => (step.do === 'write' ? [step.file.path] : []))

async function carryOutStep(
  step: InstallStep,
  context: InstallContext,
  dir: string,
): Promise<unknown> {
  switch (step.do) {
    case 'package':
      return installPackage(step.package, context, dir)
    case 'write':
      return writeRemote(step.file, context, `${dir}/file`)
    case 'start':
    case 'restart':
      return context.root.run(['systemctl', 'restart', 'demarcd.service'])
    default:
      return never(step)
  }
}

/** A package that the router has kept, octet for octet, is not sent again. */
async function installPackage(
  file: PackageFile,
  { root, session, have, arch, progress }: InstallContext,
  dir: string,
): Promise<void> {
  const name = packageName(file)
  const kept = have.kept.get(name)
  let path = kept?.path ?? ''
  if (kept?.sha256 !== file.sha256) {
    path = `${dir}/${name}`
    progress(`send ${(file.octets / 1e6).toFixed(1)} MB`)
    await session.upload(file.path, path)
  }
  const old = have.version === null ? '' : packageName({ version: have.version, arch })
  const words = ['sh', '-c', INSTALL, 'install', path, file.version, name, old]
  await root.run(words, INSTALL_TIMEOUT)
}

/** Files first, so that the version before starts with the settings of before. */
async function restore(
  steps: readonly InstallStep[],
  context: InstallContext,
  dir: string,
): Promise<void> {
  const { root, have, arch, previous } = context
  await root.run(['sh', '-c', RESTORE, 'restore', dir, ...written(steps)])
  const isPackage = steps.some((step) => step.do === 'package')
  if (!isPackage || have.version === null) {
    await root.run(['systemctl', 'restart', 'demarcd.service'])
    return
  }
  if (previous !== null) return installPackage(previous, context, dir)
  const name = packageName({ version: have.version, arch })
  const path = have.kept.get(name)?.path ?? ''
  const words = ['sh', '-c', INSTALL, 'install', path, have.version, name, name]
  await root.run(words, INSTALL_TIMEOUT)
}

/** The content goes through files of mode 0600 at both ends, never through an argument that `ps` shows. */
async function writeRemote(
  file: InstallFile,
  { session, root }: InstallContext,
  remote: string,
): Promise<void> {
  const local = await mkdtemp(join(tmpdir(), 'demarc-install-'))
  try {
    await writeFile(join(local, 'file'), file.content, { mode: 0o600 })
    await session.upload(join(local, 'file'), remote)
  } finally {
    await rm(local, { recursive: true, force: true })
  }
  const [user = 'root', group = 'root'] = file.owner.split(':')
  const how = ['-D', '-m', file.mode, '-o', user, '-g', group]
  await root.run(['install', ...how, '--', remote, file.path])
}
