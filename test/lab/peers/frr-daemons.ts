import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/process/command.js'
import { isListening } from '../../support/process/listening.js'
import { waitFor } from '../../support/process/wait.js'
import { frrRoot, type FrrVersion } from '../../support/frr/frr-version.js'
import type { Netns } from '../topology/netns.js'
import { end } from '../topology/programs.js'

/** zebra, bgpd and bfdd of one router. */
export interface FrrDaemons {
  /** The directory of their `.vty` sockets. */
  readonly runDir: string
  /** Runs vtysh commands, as an operator would. */
  readonly vtysh: (...commands: readonly string[]) => string
  /** Kills the daemon and starts it with its saved configuration. */
  readonly restart: (daemon: FrrDaemonName) => Promise<void>
  /** Sends SIGKILL and waits for the exit. */
  readonly kill: (daemon: FrrDaemonName) => Promise<void>
  readonly stop: () => Promise<void>
}

export const FRR_DAEMONS = ['zebra', 'bgpd', 'bfdd'] as const
/** The daemons of static routes: mgmtd has their configuration from FRR 9 on, and does not exist before. */
const STATIC_DAEMONS = { old: ['staticd'], new: ['mgmtd', 'staticd'] } as const
export type FrrDaemonName =
  (typeof FRR_DAEMONS)[number] | (typeof STATIC_DAEMONS)[keyof typeof STATIC_DAEMONS][number]

/** Netlink buffer in octets, as in Debian's `/etc/frr/daemons`. With the kernel's default of 208 kB zebra loses notifications when 1,000 links change at once. */
const ZEBRA_OPTIONS = ['-s', '90000000']

/** Starts FRR with an empty configuration. `name` is its pathspace and must be unique. */
export async function startFrr(
  netns: Netns,
  options: {
    readonly version: FrrVersion
    readonly name: string
    readonly dir: string
    readonly withStatic?: boolean
  },
): Promise<FrrDaemons> {
  const { version, dir } = options
  // FRR allows no dot in a pathspace.
  const name = options.name.replaceAll('.', '-')
  const root = version === '8.4' ? '' : prepareRoot(version)
  const enter = root === '' ? [] : ['chroot', root]
  const runDir = join(root, '/run/frr', name)
  const owner = frrUser(root)
  rmSync(runDir, { recursive: true, force: true })
  mkdirSync(runDir, { recursive: true })
  chownSync(runDir, owner.uid, owner.gid)
  chmodSync(runDir, 0o755)
  const running = new Map<FrrDaemonName, ChildProcess>()

  async function start(daemon: FrrDaemonName): Promise<void> {
    const socket = join(runDir, `${daemon}.vty`)
    rmSync(socket, { force: true })
    const config = `/run/frr/${name}/${daemon}.conf`
    const options = daemon === 'zebra' ? ZEBRA_OPTIONS : []
    // mgmtd reads the files of the daemons whose configuration it has, so both know no option for one.
    const hasFile = daemon !== 'mgmtd' && (daemon !== 'staticd' || version === '8.4')
    const file = hasFile ? ['-f', config] : []
    const program = [...enter, `/usr/lib/frr/${daemon}`, '-N', name, ...file, ...options]
    const child = netns.start(join(dir, `${daemon}.log`), ...program, '--log', 'stdout')
    running.set(daemon, child)
    const hasStarted = async () => child.exitCode !== null || isListening({ path: socket })
    await waitFor(`${daemon} listens`, hasStarted, { until: Boolean, within: 30 })
    if (child.exitCode !== null) throw new Error(`${daemon} ended with ${child.exitCode}`)
  }

  async function kill(daemon: FrrDaemonName): Promise<void> {
    const child = running.get(daemon)
    if (child !== undefined) await end(child, 'SIGKILL')
  }

  const forStatic = STATIC_DAEMONS[version === '8.4' ? 'old' : 'new']
  for (const daemon of [...FRR_DAEMONS, ...(options.withStatic === true ? forStatic : [])]) {
    const config = join(runDir, `${daemon}.conf`)
    writeFileSync(config, '')
    chownSync(config, owner.uid, owner.gid)
    await start(daemon)
  }
  return {
    runDir,
    vtysh(...commands) {
      const words = commands.flatMap((command) => ['-c', command])
      return run('env', ...enter, 'vtysh', '-N', name, ...words)
    },
    kill,
    async restart(daemon) {
      await kill(daemon)
      await start(daemon)
    },
    async stop() {
      for (const child of running.values()) await end(child, 'SIGTERM')
    },
  }
}

/** The root directory of a newer FRR, with /proc mounted, because zebra reads `/proc/sys`. */
function prepareRoot(version: FrrVersion): string {
  const cache = process.env['DEMARC_CACHE']
  if (cache === undefined) throw new Error('DEMARC_CACHE is not set: run this in the lab')
  const root = frrRoot(version, cache)
  if (!existsSync(join(root, 'proc/self'))) run('mount', '--bind', '/proc', join(root, 'proc'))
  return root
}

function frrUser(root: string): { readonly uid: number; readonly gid: number } {
  const passwd = readFileSync(join(root, '/etc/passwd'), 'utf8')
  const [, uid, gid] = /^frr:[^:]*:(\d+):(\d+):/m.exec(passwd) ?? []
  if (uid === undefined || gid === undefined) throw new Error(`no user frr in ${root}/etc/passwd`)
  return { uid: Number(uid), gid: Number(gid) }
}
