import type { RouterState } from '../../model/state.js'
import type { Subject } from '../subjects.js'
import { differentKeys, differentPartners } from '../bundle/remarks.js'
import { addressRung, vlanRung, type AttachmentSubject } from './attachment.js'
import { lacpRung } from './bundle.js'
import { climb, failedOf } from './evidence.js'
import { portRungs } from './physical.js'
import { isUp, NOT_MEASURED, placeOf, sessionRungs, worked, type NeighborView } from './session.js'
import type { Ladder, Measurements, Rung } from './terms.js'
import { trafficRungs } from './traffic.js'
import { verdictOf } from './verdict.js'

/** One look at the router, with what the rules find in it. */
export interface Look {
  readonly state: RouterState
  readonly subjects: readonly Subject[]
}

/** The parts of a look that one attachment depends on. */
interface Parts {
  readonly attachment: AttachmentSubject
  readonly connection: Extract<Subject, { readonly kind: 'connection' }>
  readonly ports: readonly Extract<Subject, { readonly kind: 'port' }>[]
  readonly neighbors: readonly NeighborView[]
}

/**
 * The ladder of one attachment, from its modules to packets of the full size; null: the look has no such attachment.
 * What is not measured live is judged by the look alone.
 */
export function ladderOf(look: Look, name: string, measured: Measurements): Ladder | null {
  const parts = partsOf(look, name, measured)
  if (parts === null) return null
  const { at } = look.state
  const ports = parts.ports.map((port) => portLadder(port, parts, measured, at))
  const below = ports.length > 0 && ports.every(failedOf) ? failedOf(ports[0] ?? []) : null
  const trunk = climb(trunkRungs(parts, measured, at), below)
  const stopped = below ?? failedOf(trunk)
  const neighbors = parts.neighbors.map((view) => neighborLadder(view, parts, stopped))
  const hosts = hostsOf(parts, measured).map(([address, answers]) => {
    const context = { address, place: `host ${address}`, isUp: false, isBeyond: true, at }
    const rungs = trafficRungs(answers, { ...context, attachment: parts.attachment.state })
    return climb(rungs, stopped ?? firstFailed(neighbors))
  })
  const groups = { ports, trunk, neighbors, hosts }
  const rungs = [...ports.flat(), ...trunk, ...neighbors.flat(), ...hosts.flat()]
  return { attachment: name, rungs, ...verdictOf(name, groups) }
}

/** The hosts that the operator named, and those that the intent probes. */
function hostsOf({ attachment }: Parts, { hosts }: Measurements) {
  const probed = (attachment.state.probe?.targets ?? [])
    .filter(({ target: { kind, address } }) => kind === 'host' && !hosts.has(address))
    .map(({ target }) => [target.address, { echo: null, fullSize: null }] as const)
  return [...hosts, ...probed]
}

/** With no neighbour that works, a host beyond them cannot answer. */
function firstFailed(neighbors: readonly (readonly Rung[])[]): Rung | null {
  const failed = neighbors.map((rungs) => failedOf(rungs.slice(0, -1)))
  return failed.length > 0 && failed.every((rung) => rung !== null) ? (failed[0] ?? null) : null
}

function partsOf({ state, subjects }: Look, name: string, measured: Measurements): Parts | null {
  const attachment = ofKind(subjects, 'attachment').find((subject) => subject.name === name)
  const connection = ofKind(subjects, 'connection').find(
    (subject) => subject.name === attachment?.state.connection,
  )
  if (attachment === undefined || connection === undefined) return null
  return {
    attachment,
    connection,
    ports: ofKind(subjects, 'port').filter((port) => connection.state.ports.includes(port.name)),
    neighbors: ofKind(subjects, 'neighbor')
      .filter((subject) => subject.state.attachment === name)
      .map((subject) => ({
        subject,
        measured: measured.neighbors.get(subject.state.address) ?? NOT_MEASURED,
        at: state.at,
      })),
  }
}

function ofKind<Kind extends Subject['kind']>(subjects: readonly Subject[], kind: Kind) {
  return subjects.filter(
    (subject): subject is Extract<Subject, { readonly kind: Kind }> => subject.kind === kind,
  )
}

function portLadder(
  port: Parts['ports'][number],
  { connection, neighbors, ports }: Parts,
  measured: Measurements,
  at: string,
): readonly Rung[] {
  const { lacp } = connection.state
  const member = lacp?.members.find((each) => each.port === port.name) ?? null
  const isAnswered = ports.length === 1 && hasAnswered(neighbors, measured)
  const isSplit = differentPartners(lacp) !== null || differentKeys(lacp, 'partner') !== null
  return portRungs(port, { member, isBundle: lacp !== null, isSplit, isAnswered, at })
}

function hasAnswered(neighbors: readonly NeighborView[], { hosts }: Measurements): boolean {
  const came = [...hosts.values(), ...neighbors.map((view) => view.measured)].some(
    ({ echo }) => (echo?.received ?? 0) > 0,
  )
  return came || neighbors.some((view) => isUp(view) || view.measured.mac?.value === 'answers')
}

function trunkRungs(
  { connection, attachment, neighbors }: Parts,
  measured: Measurements,
  at: string,
): readonly Rung[] {
  const withMac = (value: 'answers' | 'silent') =>
    neighbors
      .filter((view) => view.measured.mac?.value === value)
      .map(({ subject }) => subject.state.address)
  const vlan = vlanRung(attachment, {
    frames: measured.frames,
    answering: withMac('answers'),
    silent: withMac('silent'),
    worked: neighbors.some(worked),
    isUp: neighbors.some(isUp),
    at,
  })
  const isAnswered = hasAnswered(neighbors, measured)
  return [lacpRung(connection, isAnswered, at), vlan, addressRung(attachment, measured, at)]
}

function neighborLadder(view: NeighborView, { attachment }: Parts, below: Rung | null) {
  const { address } = view.subject.state
  const traffic = trafficRungs(view.measured, {
    ...{ place: placeOf(view), address, attachment: attachment.state },
    ...{ isUp: isUp(view), isBeyond: false, at: view.at },
  })
  return climb([...sessionRungs(view), ...traffic], below)
}
