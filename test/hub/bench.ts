import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fault, FAULTS, type FaultCode } from '../../src/core/base/fault.js'
import { ok, refused, type Result } from '../../src/core/base/result.js'
import { parseHubSettings } from '../../src/core/config/hub-file.js'
import type { HubSettings } from '../../src/core/config/settings.js'
import {
  AGENT_METHODS,
  HUB_METHODS,
  type AgentParams,
  type AgentResult,
  type ChangeProgress,
  type HelloParams,
  type PlanSummary,
} from '../../src/core/wire/messages.js'
import { sha256 } from '../../src/edge/host/facts/identity.js'
import type { Clock } from '../../src/edge/host/clock.js'
import type { Log } from '../../src/edge/host/log.js'
import { connect, type DialOptions } from '../../src/edge/socket/client.js'
import type { RpcPeer } from '../../src/edge/socket/peer.js'
import type { Handlers } from '../../src/edge/socket/method-table.js'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import { startHub, type Hub } from '../../src/hub/hub.js'
import type { HubTimes } from '../../src/hub/options.js'

export const ROUTER = 'par-edge-1'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface HubBench {
  readonly dir: string
  readonly port: () => number
  readonly hub: () => Hub
  readonly log: { readonly lines: string[] }
  readonly failures: Error[]
  readonly operator: () => string
  /** Calls the API as the operator. */
  readonly api: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** Registers a router and gives its token. */
  readonly register: (id?: string) => Promise<string>
  readonly restart: () => Promise<void>
  /** Starts the hub again after its `close`, on another port. */
  readonly reopen: (acceptDamage?: boolean) => Promise<void>
  readonly close: () => Promise<void>
}

export interface HubBenchOptions {
  readonly clock?: Clock
  readonly wall?: () => Date
  readonly times?: Partial<HubTimes>
  readonly limits?: HubSettings['limits']
  readonly toml?: string
  /** Start with what is left of a damaged store. */
  readonly acceptDamage?: boolean
  /** The data directory, where that is not to be a new one. */
  readonly dir?: string
}

/** A real hub with a real store and real sockets, in this process. */
export async function hubBench(options: HubBenchOptions = {}): Promise<HubBench> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'demarc-hub-'))
  const lines: string[] = []
  const failures: Error[] = []
  const settings = settingsIn(dir, options)
  const start = async (acceptDamage = false): Promise<Hub> =>
    startHub({
      settings,
      log: collecting(lines),
      profiles: { profiles: () => BUILT_IN },
      wall: options.wall ?? (() => new Date()),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      acceptDamage,
      ...(options.times === undefined ? {} : { times: options.times }),
      onFailure: (error) => failures.push(error),
    })
  let hub = await start(options.acceptDamage)
  const operator = (): string => readFileSync(join(dir, 'operator-token'), 'utf8').trim()
  const api = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(hub.port, operator(), method, { path, body })
  return {
    dir,
    port: () => hub.port,
    hub: () => hub,
    log: { lines },
    failures,
    operator,
    api,
    async register(id = ROUTER) {
      const made = await api('POST', '/v1/routers', { id })
      return String(made.body['token'])
    },
    async reopen(acceptDamage) {
      hub = await start(acceptDamage)
    },
    async restart() {
      await hub.close()
      hub = await start()
    },
    async close() {
      await hub.close()
      if (options.dir === undefined) rmSync(dir, { recursive: true })
    },
  }
}

function settingsIn(dir: string, options: HubBenchOptions): HubSettings {
  const toml = `${options.toml ?? ''}\n[listen]\nport = 0\n[data]\ndir = ${JSON.stringify(dir)}\n`
  const settings = good(parseHubSettings(toml, 'hub.toml'))
  return options.limits === undefined ? settings : { ...settings, limits: options.limits }
}

function collecting(lines: string[]): Log {
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push(JSON.stringify({ level, ...fields, message }))
    }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

export async function call(
  port: number,
  token: string,
  method: string,
  { path, body }: { readonly path: string; readonly body?: unknown },
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

export type HubPeer = RpcPeer<typeof HUB_METHODS>

type Push = AgentParams<'intent.push'>

/** What stands in for a router: the agent's end of a real connection, with answers made up. */
export interface FakeRouter {
  readonly peer: HubPeer
  readonly pushed: Push[]
  /** Confirmations and cancellations that arrived. */
  readonly ended: string[]
  readonly acknowledged: number
}

export interface FakeRouterOptions extends Partial<HelloParams> {
  readonly token: string
  readonly onPush?: (push: Push) => Result<AgentResult<'intent.push'>>
}

/** A change that is named like a fault code is refused with it. */
function codeNamed(change: string): FaultCode {
  return Object.hasOwn(FAULTS, change) ? (change as FaultCode) : 'CHANGE_UNKNOWN'
}

/** Connects and says hello as a router would. */
export async function fakeRouter(at: HubBench, options: FakeRouterOptions): Promise<FakeRouter> {
  const { token, onPush = accept, ...over } = options
  const pushed: Push[] = []
  const ended: string[] = []
  const handlers: Handlers<typeof AGENT_METHODS> = {
    'intent.push': (push) => {
      pushed.push(push)
      return onPush(push)
    },
    'lifecycle.notify': ({ kind, name }) => {
      if (Object.hasOwn(FAULTS, name)) return refused(fault(codeNamed(name), name))
      const since = '2026-01-01T00:00:00.000Z'
      return ok({ kind, name, lifecycle: 'pending', since, reason: 'A test.' })
    },
    'optics.baseline': ({ port }) => {
      if (Object.hasOwn(FAULTS, port)) return refused(fault(codeNamed(port), port))
      return ok({ port, at: '2026-01-01T00:00:00.000Z', lanes: [] })
    },
    'optics.report': ({ port }) =>
      Object.hasOwn(FAULTS, port)
        ? refused(fault(codeNamed(port), port))
        : ok({ receivedAt: '2026-01-01T00:00:00.000Z' }),
    'change.confirm': ({ change }) => {
      ended.push(`confirm ${change}`)
      return change === 'known' ? ok({}) : refused(fault(codeNamed(change), change))
    },
    'change.cancel': ({ change }) => {
      ended.push(`cancel ${change}`)
      return Object.hasOwn(FAULTS, change) ? refused(fault(codeNamed(change), change)) : ok({})
    },
  }
  const peer = good(
    await dialHub(at.port(), { token, router: over.router ?? ROUTER, handlers: () => handlers }),
  )
  const hello = good(await peer.call('hello', { ...helloOf(over.router ?? ROUTER), ...over }))
  return { peer, pushed, ended, acknowledged: hello.acknowledged }
}

export async function dialHub(
  port: number,
  over: Partial<DialOptions<typeof AGENT_METHODS, typeof HUB_METHODS>>,
): Promise<Result<HubPeer>> {
  return connect({
    url: `ws://127.0.0.1:${port}/agent`,
    token: '',
    router: ROUTER,
    mine: AGENT_METHODS,
    theirs: HUB_METHODS,
    handlers: () => ({}),
    unreachable: 'HUB_UNREACHABLE',
    signal: new AbortController().signal,
    ...over,
  })
}

export function helloOf(router: string): HelloParams {
  return {
    router,
    agentVersion: '0.1.0',
    protocols: [1],
    bootId: 'boot-1',
    platform: { os: 'Debian', kernel: '6.1', node: 'v20', frr: '8.4.4' },
    running: null,
    lastGood: null,
    capabilities: [],
    lastSequence: 0,
  }
}

const PLAN: PlanSummary = {
  impact: 'none',
  steps: [],
  effects: [],
  stepCount: 0,
  effectCount: 0,
}

function accept(push: Push): Result<AgentResult<'intent.push'>> {
  const { generation } = push.intent as { generation: number }
  return ok({
    change: push.change ?? `g${generation}`,
    generation,
    digest: 'a'.repeat(64),
    ...(push.dryRun === true ? { plan: PLAN } : {}),
  })
}

/** The smallest intent there is. */
export function intent(generation: number, id = ROUTER): object {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id, role: 'customer' },
    connections: [],
    attachments: [],
  }
}

export function progress(
  phase: ChangeProgress['phase'],
  generation: number,
  second = 0,
): ChangeProgress {
  return {
    change: `g${generation}`,
    generation,
    digest: sha256(String(generation)),
    phase,
    at: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
  }
}

export function event(code: string) {
  return {
    at: '2026-01-01T00:00:00.000Z',
    kind: 'port',
    name: 'eth0',
    code,
    severity: 'warning',
    message: 'low light',
  } as const
}

export function good<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.value
}
