import { fault, type Fault } from '../../../core/base/fault.js'
import type { Destination } from '../../../edge/ssh/session.js'
import { Refusal } from '../../command/context.js'
import { parseDestination } from '../login.js'

/** One router to install, with what differs from the others. */
export interface Target {
  readonly to: Destination
  /** Stand for `{NAME}` in the settings and in the names of files; `host`, `user` and `id` are always there. */
  readonly values: ReadonlyMap<string, string>
}

/** Routers of one command. */
const TARGETS_MAX = 1_000

const NAME = /^[a-z][a-z0-9_]{0,31}$/

/** Nothing that ends a string of TOML or begins another `{NAME}`. */
const VALUE = /^[A-Za-z0-9 ._:@/*?+=,-]{1,253}$/

/**
 * The routers of the command line and of the hosts file, in this order. `settings` are `NAME=VALUE` for all of them, in which
 * `{host}` and columns of the file may stand. Throws a Refusal with every fault.
 */
export function targetsOf(options: {
  readonly destinations: readonly Destination[]
  /** Text and name of the hosts file: CSV with a head, and a column `host` with USER@HOST. */
  readonly hosts: { readonly name: string; readonly text: string } | null
  readonly settings: readonly string[]
  readonly port: number
}): readonly Target[] {
  const faults: Fault[] = []
  const refuse = (at: string, message: string) => {
    faults.push(fault('CONFIG_VALUE', at, message))
  }
  const listed = options.hosts === null ? [] : readHosts(options.hosts, options.port, refuse)
  const given = options.destinations.map((to) => ({
    to: { ...to, port: options.port },
    own: new Map(),
  }))
  const targets = [...given, ...listed].map(({ to, own }) => ({
    to,
    values: valuesOf(to, own, options.settings, refuse),
  }))
  const places = targets.map(({ to }) => `${to.host} ${to.port}`)
  const twice = targets.find((_, i) => places.indexOf(places[i] ?? '') !== i)
  if (twice !== undefined) refuse(twice.to.host, 'is named twice')
  if (targets.length > TARGETS_MAX) refuse('hosts', `at most ${TARGETS_MAX} routers at once`)
  if (faults.length > 0) throw new Refusal(faults)
  if (targets.length > 0) return targets
  throw new Refusal([fault('CONFIG_VALUE', 'USER@HOST', 'name a router, or give --hosts FILE')])
}

type Refuse = (at: string, message: string) => void
interface Listed {
  readonly to: Destination
  readonly own: ReadonlyMap<string, string>
}

function readHosts(
  { name, text }: { readonly name: string; readonly text: string },
  port: number,
  refuse: Refuse,
): Listed[] {
  const rows = text
    .split(/\r?\n/)
    .map((line, i) => ({
      at: `${name}:${i + 1}`,
      cells: line.split(',').map((cell) => cell.trim()),
    }))
    .filter(({ cells }) => cells.join('') !== '' && cells[0]?.startsWith('#') !== true)
  const [head, ...hosts] = rows
  const names = head?.cells ?? []
  if (!names.includes('host') || names.some((word) => !NAME.test(word))) {
    refuse(head?.at ?? name, 'the first line names the columns, such as host,id; host is USER@HOST')
    return []
  }
  return hosts.flatMap(({ at, cells }) => {
    const own = new Map(names.map((word, i) => [word, cells[i] ?? '']))
    const to = parseDestination(own.get('host') ?? '')
    if (to === undefined) refuse(at, 'host must be USER@HOST')
    if (cells.length !== names.length)
      refuse(at, `has ${cells.length} values for ${names.length} columns`)
    const ownPort = Number(own.get('port') ?? port)
    if (!(ownPort > 0 && ownPort < 65_536)) refuse(at, 'port must be a TCP port')
    own.delete('host')
    return to === undefined ? [] : [{ to: { ...to, port: ownPort }, own }]
  })
}

function valuesOf(
  to: Destination,
  own: ReadonlyMap<string, string>,
  settings: readonly string[],
  refuse: Refuse,
): ReadonlyMap<string, string> {
  const values = new Map([['host', to.host], ['user', to.user], ['id', shortName(to.host)], ...own])
  for (const setting of settings) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(setting) ?? []
    if (!NAME.test(name))
      refuse(`--set ${setting}`, 'must be NAME=VALUE, the name in small letters')
    else
      values.set(
        name,
        fill(value, values, (message) => refuse(`--set ${setting}`, message)),
      )
  }
  for (const [name, value] of values) {
    if (!VALUE.test(value)) {
      const allowed = 'must be 1 to 253 letters, digits, blanks and ._:@/*?+=,-'
      refuse(to.host, `the value of {${name}} ${allowed}`)
    }
  }
  return values
}

/** The first label of a name; an address as it is. */
function shortName(host: string): string {
  return /^[0-9.]+$|:/.test(host) ? host : (host.split('.')[0] ?? host)
}

/** The text with the values in the place of `{NAME}`. */
export function fill(
  text: string,
  values: ReadonlyMap<string, string>,
  refuse: (message: string) => void,
): string {
  return text.replaceAll(/\{([a-z][a-z0-9_]*)\}/g, (found, name: string) => {
    const value = values.get(name)
    if (value === undefined)
      refuse(`nothing gives ${found} a value: --set ${name}=VALUE, or a column of --hosts`)
    return value ?? found
  })
}
