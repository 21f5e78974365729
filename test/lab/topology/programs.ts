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

/** demarcd in a namespace, with its command. */
export interface AgentProcess {
  readonly process: ChildProcess
  /** Runs `demarc …` against it; never throws, the exit code is part of the answer. */
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
  /** Members of `[intervals]` instead of the lab's short ones; null: what holds where nobody says anything. */
  readonly intervals?: Intervals | null
  /** `[safety]` table with its heading. */
  readonly safety?: string
}

/** Seconds, as `[intervals]` has them. */
export type Intervals = Readonly<Record<'poll' | 'health' | 'optics', number>>

/** Seconds; under emulation on a busy machine it takes a minute to load. */
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
    // For the hunt for secrets at the end of the suite.
    appendFileSync(join(dir, 'demarc-output.log'), `${answer.stdout}${answer.stderr}`)
    return answer
  }
  await waitFor('demarcd answers', () => answers(socketIn(dir)), {
    until: (does) => does || daemon.exitCode !== null,
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

/** Node with the environment and the options that the service gives it. */
function asService(node: string): readonly string[] {
  const unit = readFileSync('systemd/demarcd.service', 'utf8')
  const environment = [...unit.matchAll(/^Environment=(.+)$/gm)].map(([, one = '']) => one)
  const options = /^ExecStart=\/usr\/bin\/env node((?: --\S+)*) \//m
    .exec(unit)?.[1]
    ?.match(/--\S+/g)
  return ['env', ...environment, node, ...(options ?? [])]
}

/** demarcd's socket, by the directory it was started with. */
export function socketIn(dir: string): string {
  return join(dir, 'demarcd.sock')
}

async function answers(path: string): Promise<boolean> {
  const line = await connectLocal({ path, mine: {}, theirs: AGENT_METHODS, handlers: () => ({}) })
  if (line.ok) line.value.hangUp(1000, 'done')
  return line.ok
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
${intervalsToml(options.intervals)}${options.safety ?? ''}[log]
level = "debug"
`
}

const SHORT_INTERVALS: Intervals = { poll: 5, health: 2, optics: 5 }

function intervalsToml(intervals: AgentOptions['intervals'] = SHORT_INTERVALS): string {
  if (intervals === null) return ''
  const lines = Object.entries(intervals).map(([name, seconds]) => `${name} = ${seconds}\n`)
  return `[intervals]\n${lines.join('')}`
}

/** Ends a process and waits for it. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
