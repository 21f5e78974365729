import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { never } from '../../core/base/never.js'
import type { SshSession } from '../../edge/ssh/session.js'
import { INSTALL_DIR } from './observe.js'
import type { InstallFile, InstallStep } from './plan.js'
import type { RootShell } from './privilege.js'
import type { Release } from './release.js'

/** Releases that stay on the router: the running one, and the one before to return to. */
const RELEASES_KEPT = 2

/** Unpacks beside its final place and renames it, so that a release that exists is complete. */
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

/**
 * A rename replaces the link in one step. A file in /usr/local/bin that is not a link was put there by
 * somebody else and is left alone.
 */
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

/** What carries steps out: the SSH log-in, a root shell on the router, and the release. */
export interface InstallContext {
  readonly session: SshSession
  readonly root: RootShell
  readonly release: Release
  /** Gets one line before each step. */
  readonly progress: (message: string) => void
}

/** Carries the steps out in order; the first that fails ends it. Can be repeated after any failure. */
export async function carryOut(
  steps: readonly InstallStep[],
  context: InstallContext,
): Promise<void> {
  if (steps.length === 0) return
  const { session, progress } = context
  const made = await session.run(['mktemp', '-d', '-t', 'demarc-install.XXXXXXXX'])
  const dir = made.stdout.trim()
  try {
    for (const step of steps) {
      progress(step.description)
      await carryOutStep(step, context, dir)
    }
  } finally {
    // If the connection is lost, the directory stays behind; its mode 0700 keeps others out.
    await session.run(['rm', '-rf', '--', dir]).catch(() => undefined)
  }
}

async function carryOutStep(
  step: InstallStep,
  context: InstallContext,
  dir: string,
): Promise<unknown> {
  const { root, session, release } = context
  switch (step.do) {
    case 'unpack': {
      const archive = `${dir}/release.tar.gz`
      await release.pack((packed, bytes) => {
        context.progress(`send ${(bytes / 1e6).toFixed(1)} MB`)
        return session.upload(packed, archive)
      })
      await root.run(['mkdir', '-p', '-m', '0755', INSTALL_DIR, `${INSTALL_DIR}/releases`])
      return root.run(['sh', '-c', UNPACK, 'unpack', step.release, archive])
    }
    case 'write':
      return writeRemote(step.file, context, `${dir}/file`)
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
  if (file.afterwards !== null) await root.run(file.afterwards)
}
