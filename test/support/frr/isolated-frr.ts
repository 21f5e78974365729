import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { frrRoot, testedVersions, type FrrVersion } from './frr-version.js'
import { isListening } from '../process/listening.js'
import { waitFor } from '../process/wait.js'

export const ALONE_DAEMONS = ['zebra', 'bgpd', 'bfdd'] as const
/** The daemons of static routes; FRR 8.4 has no mgmtd. */
const STATIC_DAEMONS = ['mgmtd', 'staticd'] as const
export type AloneDaemon = (typeof ALONE_DAEMONS)[number] | (typeof STATIC_DAEMONS)[number]

/** A real FRR in namespaces of its own: nothing reaches it, and it takes no rights of the machine's. */
export interface FrrAlone {
  readonly runDir: string
  readonly start: (daemon: AloneDaemon) => Promise<void>
  readonly kill: (daemon: AloneDaemon) => Promise<void>
  /** Runs a shell command inside, without waiting for it. */
  readonly shell: (command: string) => void
  /** Starts the daemons that have the static routes. */
  readonly startStatic: () => Promise<void>
  readonly stop: () => Promise<void>
}

export interface FrrProgram {
  readonly version: FrrVersion
  /** The words that start a daemon, options aside. */
  readonly words: (daemon: AloneDaemon) => readonly string[]
  /** Directories that take the place of the machine's own, because FRR has their paths built in. */
  readonly mounts: readonly { readonly from: string; readonly to: string }[]
}

/** The FRRs to test: of this Debian, and newer ones that `scripts/lab setup` unpacks. */
export function frrPrograms(): readonly FrrProgram[] {
  const programs = testedVersions().map((version) => frrProgram(version))
  const missing = programs.find(({ words }) => !existsSync(words('bgpd')[0] ?? ''))
  if (missing === undefined) return programs
  const remedy =
    missing.version === '8.4' ? 'apt-get install frr' : `scripts/lab setup ${missing.version}`
  throw new Error(`FRR ${missing.version} is not here: run ${remedy}`)
}

/** A newer FRR runs with the loader and the libraries of its own Debian. */
function frrProgram(version: FrrVersion): FrrProgram {
  const cache = process.env['DEMARC_CACHE'] ?? join(homedir(), '.cache/demarc')
  const root = frrRoot(version, cache)
  if (root === '') return { version, words: (daemon) => [`/usr/lib/frr/${daemon}`], mounts: [] }
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const path = `${libraries}:${join(libraries, 'frr')}`
  return {
    version,
    mounts: [{ from: join(root, 'usr/share/yang'), to: '/usr/share/yang' }],
    words: (daemon) => [
      join(libraries, 'ld-linux-x86-64.so.2'),
      ...['--library-path', path, join(root, `usr/lib/frr/${daemon}`)],
      ...['--moduledir', join(libraries, 'frr/modules')],
    ],
  }
}

/**
 * FRR wants to run as root or as its own user, and its sockets' group to have that user: inside, the
 * caller is root, and root is in the group. `bgpdOptions`: more words of bgpd's command line.
 */
export async function startFrrAlone(
  program: FrrProgram,
  bgpdOptions: readonly string[] = [],
): Promise<FrrAlone> {
  const runDir = mkdtempSync(join(tmpdir(), 'frr-'))
  const groups = readFileSync('/etc/group', 'utf8').replace(/^(frrvty:[^:]*:\d+:).*$/m, '$1root')
  writeFileSync(join(runDir, 'group'), groups)
  const holder = spawn('unshare', [...namespaces(), 'sh'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(holder, 'exit')
  const shell = (command: string): void => {
    holder.stdin.write(`${command}\n`)
  }
  shell(`mount --bind ${runDir}/group /etc/group; ip link set lo up`)
  for (const { from, to } of program.mounts) shell(`mount --bind ${from} ${to}`)
  // FRR 10.7 refuses graceful restart in a VRF that zebra does not know. A kernel without VRFs makes none.
  if (program.version === '10.7') shell('ip link add blue type vrf table 10; ip link set blue up')

  async function start(daemon: AloneDaemon): Promise<void> {
    const socket = join(runDir, `${daemon}.vty`)
    rmSync(socket, { force: true })
    const places = ['--vty_socket', runDir, '-i', pidFile(daemon), '-z', join(runDir, 'zserv.api')]
    const config = join(runDir, `${daemon}.conf`)
    if (!existsSync(config)) writeFileSync(config, '')
    const file = isStatic(daemon) && program.version !== '8.4' ? [] : ['-f', config]
    const words = [...program.words(daemon), '-u root -g root', ...file, ...places]
    shell(`${[...words, ...own(daemon)].join(' ')} --log file:${runDir}/${daemon}.log &`)
    await waitFor(`${daemon} listens`, () => isListening({ path: socket }), within(30))
  }

  /** mgmtd and the staticd of its time take no file, and meet at a place that is built in. */
  async function startStatic(): Promise<void> {
    if (program.version === '8.4') return start('staticd')
    shell(`mkdir -p /run/frr; mount --bind ${runDir} /run/frr; mount -t tmpfs none /etc/frr`)
    for (const daemon of STATIC_DAEMONS) await start(daemon)
  }

  function own(daemon: AloneDaemon): readonly string[] {
    if (daemon === 'bgpd') return ['-S', ...bgpdOptions]
    const control = daemon === 'bfdd' && program.version === '8.4'
    return control ? ['--bfdctl', join(runDir, 'bfdd.sock')] : []
  }

  function pidFile(daemon: AloneDaemon): string {
    return join(runDir, `${daemon}.pid`)
  }

  async function kill(daemon: AloneDaemon): Promise<void> {
    const file = pidFile(daemon)
    if (!existsSync(file)) return
    shell(`p=$(cat ${file}); kill -9 $p; wait $p; rm -f ${file}`)
    await waitFor(`${daemon} ends`, () => !existsSync(file), within(30))
  }

  /** The kernel ends whatever runs inside before it lets the shell end: nothing writes to the directory after that. */
  async function stop(): Promise<void> {
    holder.stdin.end()
    await ended
    rmSync(runDir, { recursive: true, force: true })
  }

  try {
    for (const daemon of ALONE_DAEMONS) await start(daemon)
  } catch (error) {
    await stop()
    throw error
  }
  return { runDir, start, startStatic, kill, shell, stop }
}

function within(seconds: number): Parameters<typeof waitFor<boolean>>[2] {
  return { until: (ready) => ready, within: seconds, every: 20 }
}

function isStatic(daemon: AloneDaemon): boolean {
  return STATIC_DAEMONS.some((name) => name === daemon)
}

/**
 * Root needs no user namespace, and some machines allow none. The shell is the first process of its
 * namespace: when the test ends, however it ends, the shell's input does, and everything with it.
 */
function namespaces(): readonly string[] {
  const words = ['--net', '--mount', '--pid', '--fork']
  const root = process.getuid?.() === 0 && spawnSync('unshare', [...words, 'true']).status === 0
  return root ? words : ['--user', '--map-root-user', ...words]
}

/** Runs a shell command inside and returns its output. */
export function shellOf(alone: FrrAlone): (command: string) => Promise<string> {
  const file = join(alone.runDir, 'output')
  return async (command) => {
    rmSync(file, { force: true })
    alone.shell(`(${command}) > ${file}.new; mv ${file}.new ${file}`)
    const isThere = () => existsSync(file)
    await waitFor('the command ends', isThere, { until: Boolean, within: 30, every: 20 })
    return readFileSync(file, 'utf8')
  }
}
