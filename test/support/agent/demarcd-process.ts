import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { Readable, Writable } from 'node:stream'
import { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import { connectLocal } from '../../../src/edge/socket/local.js'
import { relayCommand } from '../process/namespace-relay.js'
import type { RpcPeer } from '../../../src/edge/socket/peer.js'

/** `npm run build` makes it. */
const PROGRAM = join(process.cwd(), 'dist/demarcd.js')

/** The port that it manages, one end of a veth pair. */
export const PORT = 'p0'

/** The built demarcd, on a router of its own: new namespaces, with the port and without FRR. */
export interface DemarcdProcess {
  readonly socket: string
  /** Lines of its log, as they come. */
  readonly log: string[]
  readonly isAlive: () => boolean
  /** A client of its local socket. */
  readonly connect: () => Promise<RpcPeer<typeof AGENT_METHODS>>
  /** The router's links with their addresses, as `ip -br address` shows them. */
  readonly addresses: () => Promise<string>
  /** SIGTERM; the router goes with it. The value is the exit status. */
  readonly stop: () => Promise<number>
}

export interface DemarcdOptions {
  /** Holds `state`, `sock` and what is written for the process. */
  readonly dir: string
  /** A Unix socket at which a WebSocket server stands for the hub; without it there is none. */
  readonly hubSocket?: string
  /** Lines of shell that run on the router before the agent starts; the far end of the port is `other`. */
  readonly before?: readonly string[]
}

const TOKEN = 'a-token-of-the-lab-0123456789'

/** The port of the relay to the hub's socket, in the namespace. */
const HUB_PORT = 7480

/** Resolves when the agent manages its router; rejects with its log where it ends before. */
export async function startDemarcd({
  dir,
  hubSocket,
  before = [],
}: DemarcdOptions): Promise<DemarcdProcess> {
  const socket = join(dir, 'sock')
  const config = join(dir, 'demarc.toml')
  mkdirSync(join(dir, 'frr'), { recursive: true })
  writeFileSync(config, settings(dir, hubSocket !== undefined))
  writeFileSync(join(dir, 'token'), `${TOKEN}\n`, { mode: 0o600 })
  const lines = [
    'ip link set lo up',
    `ip link add ${PORT} type veth peer name other && ip link set other up`,
    ...before,
    ...(hubSocket === undefined ? [] : [relayCommand(hubSocket, HUB_PORT)]),
    `${process.execPath} ${PROGRAM} --config ${config} & agent=$!`,
    `(while read -r word; do [ "$word" = stop ] && break`,
    `ip -br address > ${dir}/addresses; echo '{"event":"addresses"}'; done <&3`,
    // Also where the test has ended and closed its side.
    'kill -TERM $agent) &',
    'wait $agent; exit $?',
  ]
  const child = spawn('unshare', [...namespaces(), 'sh', '-c', lines.join('\n')], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const say = (word: string): void => {
    const words = child.stdio[3]
    if (words instanceof Writable) words.write(`${word}\n`)
  }
  const log: string[] = []
  let ended = false
  child.once('exit', () => (ended = true))
  const output = linesOf(child.stdout)
  output.on('line', (line) => log.push(line))
  linesOf(child.stderr).on('line', (line) => log.push(line))
  await new Promise<void>((resolve, reject) => {
    output.on('line', (line) => {
      if (line.includes('"event":"started"')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${log.join('\n')}`)))
  })
  return {
    socket,
    log,
    isAlive: () => !ended,
    async connect() {
      const options = { path: socket, mine: {}, theirs: AGENT_METHODS, handlers: () => ({}) }
      const peer = await connectLocal(options)
      if (!peer.ok) throw new Error(JSON.stringify(peer.faults))
      return peer.value
    },
    async addresses() {
      const printed = new Promise<void>((resolve) => {
        output.on('line', (line) => line.includes('"event":"addresses"') && resolve())
      })
      say('')
      await printed
      return readFileSync(join(dir, 'addresses'), 'utf8')
    },
    async stop() {
      if (ended) return child.exitCode ?? 0
      const gone = once(child, 'exit')
      say('stop')
      await gone
      return child.exitCode ?? 0
    },
  }
}

function linesOf(stream: Readable | null): Interface {
  return createInterface({ input: stream ?? Readable.from([]) })
}

function settings(dir: string, hasHub: boolean): string {
  return [
    '[agent]\nid = "r1"',
    `[ports]\nmanage = ["${PORT}"]`,
    `[frr]\nrun_dir = "${dir}/frr"`,
    `[state]\ndir = "${dir}/state"\nsocket = "${dir}/sock"`,
    ...(hasHub
      ? [`[hub]\nurls = ["ws://127.0.0.1:${HUB_PORT}/agent"]\ntoken_file = "${dir}/token"`]
      : []),
    '',
  ].join('\n')
}

/** Root needs no user namespace, and some machines allow none. */
function namespaces(): readonly string[] {
  const words = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  return process.getuid?.() === 0 ? words : ['--user', '--map-root-user', ...words]
}
