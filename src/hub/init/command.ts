import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fault, FaultError, nextAfter, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import { complain, EXIT, print } from '../../edge/host/program.js'
import { initHub } from './init.js'
import { hostOf, places, type FirstHub, type MadeFile } from './made-files.js'
import { goodUntil, renewCertificate, type Renewed } from './renew.js'

const DEFAULT_DIR = '/etc/demarc-hub'
const DEFAULT_DATA = '/var/lib/demarc-hub'
const DEFAULT_PORT = '7480'

const HELP = `demarc-hub init: makes a first hub: an authority, a certificate, tokens and settings.

Usage: demarc-hub init NAME... [--router ID]... [--manage PORTS]... [OPTIONS]
       demarc-hub renew [NAME...] [--dir DIR]

NAME is a name or an address at which routers and operators reach the hub; the certificate is for all of them.
init overwrites nothing: where one of its files exists, it makes none.

  --router ID      a router of this hub, with a token of its own; may be given several times
  --manage PORTS   the ports that an intent may name on the routers, such as 'enp1s0f*'; several times
  --listen A:P     address and port of the hub (default 0.0.0.0:7480; [::]:7480 with IPv6 names only)
  --dir DIR        where the files go (default ${DEFAULT_DIR})
  --data DIR       the hub's store (default ${DEFAULT_DATA}; DIR/data with --dir)
  --json           print what was made, and the next commands, as JSON
  --help           print this

Files in DIR: ca.pem is the authority, which routers trust; ca.key is its key, which only init and renew read:
keep a copy, and take it off the hub if you like. hub.pem and hub.key are the hub's own. api.token is the token
of the HTTP API, which "curl -K DIR/api.curl" sends; tokens/ID.token is that of a router. Keys and tokens have
mode 0600. router.toml is for "demarc install --settings", which puts each router's id in the place of {id}.

The authority is good for 10 years, the certificate of the hub for 825 days. renew signs a new one for the same
names, or for those that are given; "systemctl reload demarc-hub" takes it into use, and no connection ends.

Example:
  demarc-hub init hub.example.net 192.0.2.1 --router par-edge-1 --router lon-edge-1 --manage 'enp1s0f*'

Exit status: 0 made; 64 wrong arguments; 65 openssl is missing; 78 a wrong value, or a file exists already.
`

const text = { type: 'string' } as const
const list = { type: 'string', multiple: true, default: [] as string[] } as const
const flag = { type: 'boolean', default: false } as const
const OPTIONS = {
  ...{ router: list, manage: list, listen: text, dir: text, data: text },
  ...{ json: flag, help: flag },
}

/** `demarc-hub init …` and `demarc-hub renew …`; the value is the exit status. */
export async function runInit(words: readonly string[]): Promise<number> {
  const parsed = parse(words)
  if (parsed === undefined) return EXIT.usage
  const { values, positionals } = parsed
  if (values.help) return print(HELP)
  const [verb, ...names] = positionals
  const dir = resolve(values.dir ?? DEFAULT_DIR)
  try {
    if (verb === 'renew') {
      return shown(await renewCertificate(dir, names), values.json, renewedText)
    }
    const listen = listenAddress(values.listen, names)
    const own = values.dir === undefined ? DEFAULT_DATA : join(dir, 'data')
    const data = resolve(values.data ?? own)
    const { router: routers, manage } = values
    const hub: FirstHub = { dir, data, names, listen, routers, manage }
    const made = await initHub(hub)
    return shown(
      made.ok ? { ok: true, value: outcome(hub, made.value) } : made,
      values.json,
      madeText,
    )
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return shown({ ok: false, faults: [error.fault] }, values.json, String)
  }
}

function parse(words: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true })
    const isMissing = parsed.positionals[0] === 'init' && parsed.positionals.length === 1
    if (!isMissing || parsed.values.help) return parsed
    process.stderr.write(`give a name or an address of the hub\n\n${HELP}`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
  return undefined
}

/** Throws a FaultError where it is not ADDRESS:PORT. */
function listenAddress(given: string | undefined, names: readonly string[]): FirstHub['listen'] {
  const any = names.every((name) => isIP(name) === 6) ? '[::]' : '0.0.0.0'
  const value = given ?? `${any}:${DEFAULT_PORT}`
  const [, address = '', port = ''] = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/.exec(value) ?? []
  if (isIP(address) !== 0) return { address, port: Number(port) }
  const detail = `must be ADDRESS:PORT, for example 0.0.0.0:7480; is ${value}`
  throw new FaultError(fault('CONFIG_VALUE', '--listen', detail))
}

function shown<T>(result: Result<T>, json: boolean, render: (value: T) => string): number {
  if (!result.ok) {
    const faults = result.faults.map((found: Fault) => ({ ...found, next: nextAfter(found.code) }))
    if (json) print(`${JSON.stringify({ faults }, null, 2)}\n`)
    return complain(result.faults)
  }
  return print(json ? `${JSON.stringify(result.value, null, 2)}\n` : render(result.value))
}

/** What a program gets: no secret is in it. */
interface Outcome {
  readonly files: readonly { readonly path: string; readonly mode: string; readonly what: string }[]
  readonly certificate: { readonly names: readonly string[]; readonly until: string }
  /** Commands for a shell, in this order. */
  readonly next: readonly string[]
}

function outcome(hub: FirstHub, made: readonly MadeFile[]): Outcome {
  const at = places(hub.dir)
  const cert = made.find(({ path }) => path === at.server.cert)?.text ?? ''
  const files = made.map(({ path, mode, what }) => ({ path, what, mode: `0${mode.toString(8)}` }))
  const next = [...startCommands(hub), installCommand(hub)]
  return { files, certificate: { names: hub.names, until: goodUntil(cert) }, next }
}

function startCommands({ dir, names, listen }: FirstHub): string[] {
  const at = places(dir)
  const start =
    dir === DEFAULT_DIR ? 'systemctl enable --now demarc-hub' : `demarc-hub --config ${at.settings}`
  const url = `https://${hostOf(names[0] ?? '')}:${listen.port}/v1/routers`
  return [start, `curl -K ${at.curl} ${url}`]
}

function installCommand({ dir, routers }: FirstHub): string {
  const at = places(dir)
  const to = routers.length > 0 ? routers.map((id) => `root@${id}`) : ['root@ROUTER']
  const files = `--settings ${at.routerSettings} --token '${at.routerToken('{id}')}' --ca ${at.authority.cert}`
  // The package of the hub has this verb as a program of its own.
  const verb = import.meta.dirname.startsWith('/usr/lib/') ? 'demarc-install' : 'demarc install'
  return `${verb} ${to.join(' ')} --package demarc_*.deb ${files}`
}

function madeText({ files, certificate, next }: Outcome): string {
  const made = files.map(({ path, mode, what }) => `  ${mode}  ${path}  ${what}`)
  const until = certificate.until.slice(0, 10)
  return [
    'made:',
    ...made,
    `the certificate is for ${certificate.names.join(', ')} until ${until}; demarc-hub renew renews it`,
    'next:',
    ...next.map((command) => `  ${command}`),
    '',
  ].join('\n')
}

function renewedText({ path, names, until }: Renewed): string {
  return `renewed ${path} for ${names.join(', ')} until ${until.slice(0, 10)}\nnext:\n  systemctl reload demarc-hub\n`
}
