import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync, type ChildProcess } from 'node:child_process'
import { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import { connectLocal } from '../../../src/edge/socket/local.js'
import { waitFor } from '../../support/process/wait.js'
import type { Netns } from './netns.js'

/** The project's compiled programs; `npm run build` makes them. */
export const DIST = join(process.cwd(), 'dist')

/** demarcd in a network namespace, and the `demarc` command against it. */
export interface AgentProcess {
  readonly process: ChildProcess
  /** Runs `demarc …`; does not throw, the exit status is part of the answer. */
  readonly demarc: (...words: readonly string[]) => Answer
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
  readonly log: string
}

export interface Answer {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface AgentOptions {
  readonly dir: string
  readonly id: string
  readonly manage: readonly string[]
  readonly frrRunDir: string
  /** `[hub]` table without its heading; null: no hub. */
  readonly hub: string | null
  /** Secrets by name. */
  readonly secrets?: Readonly<Record<string, string>>
  /** The `[intervals]` table, by default the lab's short ones; null: no table, so demarcd's defaults. */
  readonly intervals?: Intervals | null
  /** `[safety]` table with its heading. */
  readonly safety?: string
}

/** Seconds. */
export type Intervals = Readonly<Record<'poll' | 'health' | 'optics', number>>

/** Seconds for the start; loading takes a minute under emulation on a busy machine. */
const START = 180

/** Starts demarcd and waits until its socket answers. */
export async function startAgent(netns: Netns, options: AgentOptions): Promise<AgentProcess> {
  const { dir } = options
  mkdirSync(join(dir, 'secrets'), { recursive: true, mode: 0o700 })
  const config = join(dir, 'demarc.toml')
  writeFileSync(config, agentToml(options))
  for (const [name, secret] of Object.entries(options.secrets ?? {})) {
    writeFileSync(join(dir, 'secrets', name), secret, { mode: 0o600 })
  }
  const log = join(dir, 'demarcd.log')
  const node = process.execPath
  const daemon = netns.start(log, ...asService(node), join(DIST, 'demarcd.js'), '--config', config)
  const demarc = (...words: readonly string[]): Answer => {
    const answer = spawnSync(node, [join(DIST, 'demarc.js'), '--config', config, ...words], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    // The secret scan at the end of the suite reads this file.
    appendFileSync(join(dir, 'demarc-output.log'), `${answer.stdout}${answer.stderr}`)
    return answer
  }
  await waitFor('demarcd answers', () => answers(socketIn(dir)), {
    until: (ready) => ready || daemon.exitCode !== null,
    within: START,
  })
  if (daemon.exitCode !== null) throw new Error(`demarcd ended with ${daemon.exitCode}; see ${log}`)
  return {
    process: daemon,
    demarc,
    log,
    stop: (signal = 'SIGTERM') => end(daemon, signal),
  }
}

/** The command line of Node with the environment and the options of the systemd unit. */
function asService(node: string): readonly string[] {
  const unit = readFileSync('systemd/demarcd.service', 'utf8')
  const environment = [...unit.matchAll(/^Environment=(.+)$/gm)].map(
    ([, assignment = '']) => assignment,
  )
  const options = /^ExecStart=\/usr\/bin\/env node((?: --\S+)*) \//m
    .exec(unit)?.[1]
    ?.match(/--\S+/g)
  return ['env', ...environment, node, ...(options ?? [])]
}

/** The path of demarcd's socket; `dir` is the directory it was started with. */
export function socketIn(dir: string): string {
  return join(dir, 'demarcd.sock')
}

async function answers(path: string): Promise<boolean> {
  const connection = await connectLocal({
    path,
    mine: {},
    theirs: AGENT_METHODS,
    handlers: () => ({}),
  })
  if (connection.ok) connection.value.hangUp(1000, 'done')
  return connection.ok
}

function agentToml(options: AgentOptions): string {
  const { dir, id, manage, frrRunDir, hub } = options
  return `[agent]
id = "${id}"
${hub === null ? '' : `[hub]\n${hub}`}
[ports]
manage = ${JSON.stringify(manage)}
[frr]
run_dir = "${frrRunDir}"
[state]
dir = "${join(dir, 'state')}"
socket = "${socketIn(dir)}"
[secrets]
dir = "${join(dir, 'secrets')}"
${intervalsToml(options.intervals)}${safetyToml(options.safety)}[log]
level = "debug"
`
}

/** The scenarios push what cuts traffic as well, so the settings allow it. */
function safetyToml(table = '[safety]\n'): string {
  return table.replace('[safety]\n', '[safety]\nmax_impact = "traffic-loss"\n')
}

const SHORT_INTERVALS: Intervals = { poll: 5, health: 2, optics: 5 }

function intervalsToml(intervals: AgentOptions['intervals'] = SHORT_INTERVALS): string {
  if (intervals === null) return ''
  const lines = Object.entries(intervals).map(([name, seconds]) => `${name} = ${seconds}\n`)
  return `[intervals]\n${lines.join('')}`
}

/** Sends the signal and waits until the process has exited. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}
