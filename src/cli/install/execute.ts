import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { never } from '../../core/base/never.js'
import type { SshSession } from '../../edge/ssh/session.js'
import { INSTALL_DIR } from './observe.js'
import type { InstallFile, InstallStep } from './plan.js'
import type { RootShell } from './privilege.js'
import type { Release } from './release.js'

/** Releases that stay for going back: the running one and the one before. */
const RELEASES_KEPT = 2

/** Unpacks beside its place and renames: a release that is there is whole. */
const UNPACK = `
set -e
umask 022
cd ${INSTALL_DIR}/releases
rm -rf "$1.part"
mkdir "$1.part"
tar -xzf "$2" -C "$1.part" --no-same-owner --no-same-permissions
chmod -R a+rX "$1.part"
mv -T "$1.part" "$1"
`

/** A rename replaces the link in one go. Programs that someone else put on the path stay theirs. */
const SWITCH = `
set -e
cd ${INSTALL_DIR}
ln -sfn "releases/$1" current.new
mv -T current.new current
touch "releases/$1"
for program in demarc demarcd demarc-hub; do
  link=/usr/local/bin/$program
  if [ -L "$link" ] || [ ! -e "$link" ]; then
    ln -sfn "${INSTALL_DIR}/current/dist/$program.js" "$link"
  fi
done
ls -1t releases | tail -n +${RELEASES_KEPT + 1} | while read -r old; do rm -rf "releases/$old"; done
`

/** What carries steps out: the log-in, root on the router, and the packed release. */
export interface InstallContext {
  readonly session: SshSession
  readonly root: RootShell
  readonly release: Release
  /** Told before each step. */
  readonly progress: (says: string) => void
}

/** Carries the steps out in order; the first that fails ends it. Safe to repeat from any point. */
export async function carryOut(
  steps: readonly InstallStep[],
  hands: InstallContext,
): Promise<void> {
  if (steps.length === 0) return
  const made = await hands.session.run(['mktemp', '-d', '-t', 'demarc-install.XXXXXXXX'])
  const dir = made.stdout.trim()
  try {
    for (const step of steps) {
      hands.progress(step.says)
      await one(step, hands, dir)
    }
  } finally {
    // A directory of the log-in's own; if the connection is gone, it stays behind without secrets
    // that others could read (0700).
    await hands.session.run(['rm', '-rf', '--', dir]).catch(() => undefined)
  }
}

async function one(step: InstallStep, hands: InstallContext, dir: string): Promise<unknown> {
  const { root, session, release } = hands
  switch (step.do) {
    case 'unpack': {
      const archive = `${dir}/release.tar.gz`
      await release.pack((packed, bytes) => {
        hands.progress(`send ${(bytes / 1e6).toFixed(1)} MB`)
        return session.upload(packed, archive)
      })
      await root.run(['mkdir', '-p', '-m', '0755', INSTALL_DIR, `${INSTALL_DIR}/releases`])
      return root.run(['sh', '-c', UNPACK, 'unpack', step.release, archive])
    }
    case 'write':
      return writeRemote(step.file, hands, `${dir}/file`)
    case 'switch':
      return root.run(['sh', '-c', SWITCH, 'switch', step.release])
    case 'enable':
      return root.run([
        'systemctl',
        'enable',
        '--quiet',
        'demarcd.service',
        'demarc-rollback.timer',
      ])
    case 'start':
    case 'restart':
      return root.run(['systemctl', 'restart', 'demarcd.service'])
    default:
      return never(step)
  }
}

/** By way of a file of mode 0600 at both ends, never by way of a word that `ps` could show. */
async function writeRemote(
  file: InstallFile,
  hands: InstallContext,
  remote: string,
): Promise<void> {
  const local = await mkdtemp(join(tmpdir(), 'demarc-install-'))
  try {
    await writeFile(join(local, 'file'), file.content, { mode: 0o600 })
    await hands.session.upload(join(local, 'file'), remote)
  } finally {
    await rm(local, { recursive: true, force: true })
  }
  const [user = 'root', group = 'root'] = file.owner.split(':')
  const how = ['-D', '-m', file.mode, '-o', user, '-g', group]
  await hands.root.run(['install', ...how, '--', remote, file.path])
  if (file.afterwards !== null) await hands.root.run(file.afterwards)
}
