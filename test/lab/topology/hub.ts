import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { hostNetns } from './netns.js'
import { DIST, end } from './programs.js'

/** demarc-hub with TLS on the management network, and its HTTP API. */
export interface HubProcess {
  readonly process: ChildProcess
  /** Where agents connect. */
  readonly agentUrl: string
  readonly caFile: string
  readonly tokenFile: string
  readonly api: (method: string, path: string, body?: unknown) => Promise<HubAnswer>
  /** Calls `onNews` with every server-sent event from now on, until `signal` is aborted. */
  readonly stream: (signal: AbortSignal, onNews: (news: HubNews) => void) => void
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

export interface HubAnswer {
  readonly status: number
  readonly body: unknown
}

export interface HubNews {
  readonly type: string
  readonly data: unknown
}

export interface HubOptions {
  readonly dir: string
  readonly router: string
  /** An address of this machine that agents reach. */
  readonly address: string
  readonly port: number
}

/** Starts the hub in the test's own network namespace. A second start with the same `dir` uses the stored data and tokens. */
export async function startHub(options: HubOptions): Promise<HubProcess> {
  const { dir, router, address, port } = options
  const tls = makeCertificate(dir, address)
  const agentToken = token(dir, 'agent.token')
  const apiToken = token(dir, 'api.token')
  const config = join(dir, 'hub.toml')
  writeFileSync(
    config,
    `[listen]\naddress = "${address}"\nport = ${port}\n` +
      `[tls]\ncert_file = "${tls.cert}"\nkey_file = "${tls.key}"\n` +
      `[data]\ndir = "${join(dir, 'data')}"\n[api]\ntoken_file = "${apiToken.file}"\n` +
      `[[routers]]\nid = "${router}"\ntoken_file = "${agentToken.file}"\n`,
  )
  const ca = readFileSync(tls.cert, 'utf8')
  const base = {
    host: address,
    port,
    ca,
    agent: false,
    headers: { authorization: `Bearer ${apiToken.text}` },
  }
  const main = join(DIST, 'demarc-hub.js')
  const daemon = hostNetns().start(join(dir, 'hub.log'), process.execPath, main, '--config', config)
  const api: HubProcess['api'] = (method, path, body) => call({ ...base, method, path }, body)
  await waitFor('the hub answers', () => api('GET', '/healthz').catch(() => undefined), {
    until: (answer) => answer?.status === 200 || daemon.exitCode !== null,
    within: 60,
  })
  if (daemon.exitCode !== null) throw new Error(`demarc-hub ended with ${daemon.exitCode}`)
  return {
    process: daemon,
    agentUrl: `wss://${address}:${port}/agent`,
    caFile: tls.cert,
    tokenFile: agentToken.file,
    api,
    stream(signal, onNews) {
      const opened = request({ ...base, path: '/v1/stream', signal }, (response) => {
        let type = 'message'
        const lines = createInterface({ input: response })
        lines.on('error', () => undefined)
        lines.on('line', (line) => {
          if (line.startsWith('event:')) type = line.slice(6).trim()
          if (line.startsWith('data:')) onNews({ type, data: JSON.parse(line.slice(5)) })
        })
      })
      opened.on('error', () => undefined)
      opened.end()
    },
    stop: (signal = 'SIGTERM') => end(daemon, signal),
  }
}

function token(dir: string, name: string): { readonly file: string; readonly text: string } {
  const file = join(dir, name)
  const text = existsSync(file) ? readFileSync(file, 'utf8') : randomBytes(24).toString('hex')
  writeFileSync(file, text, { mode: 0o600 })
  return { file, text }
}

function makeCertificate(dir: string, address: string) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const key = join(dir, 'hub.key')
  const cert = join(dir, 'hub.crt')
  if (existsSync(cert)) return { key, cert }
  run(
    'openssl',
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-nodes', '-days', '2', '-subj', '/CN=demarc lab hub'],
    ...['-addext', `subjectAltName=IP:${address}`, '-keyout', key, '-out', cert],
  )
  return { key, cert }
}

function call(options: RequestOptions, body: unknown): Promise<HubAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) })
      })
    })
    outgoing.on('error', reject)
    if (body !== undefined) outgoing.write(JSON.stringify(body))
    outgoing.end()
  })
}
