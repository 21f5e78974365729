import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../process/command.js'
import { waitFor } from '../process/wait.js'

/**
 * A whole Debian beside this one: real systemd, dpkg and apt on a copy of this machine's files, with a network of its own.
 * What is installed there changes nothing here.
 */
interface Machine {
  readonly name: string
  /** Its first process, as this machine sees it. */
  readonly pid: number
  readonly try: (command: string, input?: string) => Answer
  /** The output of a line of shell, run as root; one that fails is thrown. */
  readonly run: (command: string, input?: string) => string
  readonly stop: () => Promise<void>
}

interface Answer {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Boots it. Rejects with what systemd printed where it does not come up. */
export async function startMachine(name: string): Promise<Machine> {
  const dir = mkdtempSync(join(tmpdir(), `demarc-machine-${name}-`))
  const cgroup = join(cgroupRoot(), `demarc-${name}-${process.pid}`)
  mkdirSync(cgroup)
  const namespaces = ['--mount', '--pid', '--fork', '--net', '--uts', '--ipc', '--kill-child']
  const boot = join(process.cwd(), 'test/support/machine/boot.sh')
  const child = spawn('unshare', [...namespaces, 'sh', boot, dir, name, cgroup], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => void output.push(chunk.toString()))
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const pid = await waitFor(`the first process of ${name}`, () => firstChild(child.pid ?? 0), {
    until: (found) => found !== 0 || child.exitCode !== null,
    within: 30,
  })
  const enter = ['--target', String(pid), '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup']
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
  }
  const attempt = (command: string, input = ''): Answer =>
    // A program that stays in the background must not keep the pipes open for ever.
    spawnSync('nsenter', [...enter, '--root', '--wdns=/root', 'sh', '-c', command], {
      ...{ encoding: 'utf8', input, env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
    })
  await waitFor(`systemd of ${name}`, () => attempt('systemctl is-system-running').stdout.trim(), {
    until: (state) => /^(running|degraded)$/.test(state) || child.exitCode !== null,
    within: 60,
    every: 200,
  }).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new Error(output.join(''), { cause: error })
  })
  return {
    name,
    pid,
    try: attempt,
    run(command, input) {
      const { status, stdout, stderr } = attempt(command, input)
      if (status === 0) return stdout
      throw new Error(`${name}: ${command}: exit ${status}\n${stdout}${stderr}`)
    },
    async stop() {
      child.kill('SIGKILL')
      await ended
      removeGroups(cgroup)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** One end of a cable; null: without an address. */
export function connectMachines(
  one: { readonly machine: Machine; readonly name: string; readonly address: string | null },
  other: { readonly machine: Machine; readonly name: string; readonly address: string | null },
): void {
  const [a, b] = [one, other].map(({ machine }) => String(machine.pid))
  const there = ['peer', 'name', other.name, 'netns', b ?? '']
  run(
    'nsenter',
    '--target',
    a ?? '',
    '--net',
    'ip',
    'link',
    'add',
    one.name,
    'type',
    'veth',
    ...there,
  )
  for (const { machine, name, address } of [one, other]) {
    machine.run(`ip link set lo up; ip link set ${name} up`)
    if (address !== null) machine.run(`ip address add ${address} dev ${name}`)
  }
}

/** Where the unified hierarchy is mounted. */
function cgroupRoot(): string {
  const line = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === 'cgroup2')
  const place = line?.split(' ')[1]
  if (place === undefined) throw new Error('no cgroup2 is mounted')
  return place
}

function firstChild(pid: number): number {
  try {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    return Number(children.trim().split('\n')[0])
  } catch {
    return 0
  }
}

/** A group can be removed once its processes have gone. */
function removeGroups(group: string): void {
  const { stdout } = spawnSync('find', [group, '-depth', '-type', 'd'], { encoding: 'utf8' })
  for (const path of stdout.split('\n').filter((line) => line !== '')) {
    try {
      rmdirSync(path)
    } catch {
      // A process of it is still ending; an empty group that stays costs nothing.
    }
  }
}
