import { isIP } from 'node:net'
import { join } from 'node:path'
import { sha256 } from '../../edge/host/facts/identity.js'
import { newToken } from '../routers/tokens.js'
import type { Signed } from './authority.js'

/** What the operator says of the first hub. */
export interface FirstHub {
  /** Folder of settings, certificates and tokens. */
  readonly dir: string
  /** Folder of the hub's store. */
  readonly data: string
  /** Names and addresses at which agents and operators reach the hub; at least one. */
  readonly names: readonly string[]
  readonly listen: { readonly address: string; readonly port: number }
  /** Ids of its routers. */
  readonly routers: readonly string[]
  /** Ports that an intent may name on each router; may hold `*` and `?`. */
  readonly manage: readonly string[]
}

/** One file of a first hub. */
export interface MadeFile {
  readonly path: string
  readonly text: string
  readonly mode: number
  /** Whether the service has to read it although others may not. */
  readonly isForService: boolean
  readonly what: string
}

/** Places of the files that other verbs and the operator use. */
export function places(dir: string) {
  return {
    settings: join(dir, 'hub.toml'),
    authority: { cert: join(dir, 'ca.pem'), key: join(dir, 'ca.key') },
    server: { cert: join(dir, 'hub.pem'), key: join(dir, 'hub.key') },
    operatorToken: join(dir, 'api.token'),
    curl: join(dir, 'api.curl'),
    routerSettings: join(dir, 'router.toml'),
    routerToken: (id: string) => join(dir, 'tokens', `${id}.token`),
  }
}

/** Every file of a first hub, with new tokens. Settings hold only the digests of tokens. */
export function madeFiles(hub: FirstHub, authority: Signed, server: Signed): readonly MadeFile[] {
  const at = places(hub.dir)
  const operator = newToken()
  const routers = hub.routers.map((id) => ({ id, token: newToken() }))
  const open = { mode: 0o644, isForService: false }
  const secret = { mode: 0o600, isForService: false }
  return [
    { ...open, path: at.authority.cert, text: authority.cert, what: 'the authority, for routers' },
    { ...secret, path: at.authority.key, text: authority.key, what: 'its key: keep a copy' },
    { ...open, path: at.server.cert, text: server.cert, what: 'the certificate of the hub' },
    { ...secret, path: at.server.key, text: server.key, isForService: true, what: 'its key' },
    { ...secret, path: at.operatorToken, text: `${operator}\n`, what: 'the token of the HTTP API' },
    {
      ...{ ...secret, path: at.curl, text: curlOptions(at.authority.cert, operator) },
      what: 'authority and token for curl -K',
    },
    ...routers.map(({ id, token }) => ({
      ...{ ...secret, path: at.routerToken(id), text: `${token}\n` },
      what: `the token of ${id}`,
    })),
    {
      ...{ ...open, path: at.routerSettings, text: routerToml(hub) },
      what: 'the settings of every router, for demarc install',
    },
    {
      ...{ ...open, path: at.settings, text: hubToml(hub, operator, routers) },
      what: 'the settings of the hub',
    },
  ]
}

/** A JSON string is a TOML string as well. */
const quoted = (text: string): string => JSON.stringify(text)

/** Options of curl in a file, so that `ps` shows no token. */
function curlOptions(authority: string, token: string): string {
  return `cacert = ${quoted(authority)}\nheader = "Authorization: Bearer ${token}"\n`
}

function hubToml(
  hub: FirstHub,
  operator: string,
  routers: readonly { readonly id: string; readonly token: string }[],
): string {
  const { server } = places(hub.dir)
  const tables = routers.map(
    ({ id, token }) => `\n[[routers]]\nid = ${quoted(id)}\ntoken_sha256 = "${sha256(token)}"\n`,
  )
  return `# Made by demarc-hub init. hub.toml(5) has every key.

[listen]
address = ${quoted(hub.listen.address)}
port = ${hub.listen.port}

[tls]
cert_file = ${quoted(server.cert)}
key_file = ${quoted(server.key)}

[data]
dir = ${quoted(hub.data)}

[api]
token_sha256 = "${sha256(operator)}"
${tables.join('')}`
}

function routerToml({ names, listen, manage }: FirstHub): string {
  const urls = names.map((name) => quoted(`wss://${hostOf(name)}:${listen.port}/agent`))
  return `# Settings of demarcd. demarc install puts the router's id in the place of {id}. demarc.toml(5) has every key.

[agent]
id = "{id}"

[hub]
urls = [${urls.join(', ')}]
token_file = "/etc/demarc/hub.token"
ca_file = "/etc/demarc/hub-ca.pem"

[ports]
# The ports and bridge members that an intent may name, such as "enp1s0f*"; demarc changes no other port.
# Do not list the management interface.
manage = [${manage.map(quoted).join(', ')}]
`
}

/** A name as a URL has it: IPv6 in brackets. */
export function hostOf(name: string): string {
  return isIP(name) === 6 ? `[${name}]` : name
}
