import type { Millis } from '../../base/time.js'
import type { LinkNews } from '../../model/link.js'
import type { RouterState } from '../../model/state.js'

/** The newest notification of a link, and when it arrived, on a clock that never jumps. */
export interface ArrivedNews extends LinkNews {
  readonly at: Millis
}

/**
 * The state with what notifications say of its ports, connections and attachments; all else as it was read. The same
 * object where they say nothing new. A source that does not answer leaves its parts as they are.
 */
export function withLinkNews(
  state: RouterState,
  news: ReadonlyMap<string, LinkNews>,
  at: string,
): RouterState {
  if (news.size === 0) return state
  const { seen } = state
  const ports = seen.ports.fault === null ? changed(state.ports, withPort(news)) : state.ports
  const isRead = seen.links.fault === null
  const connections = isRead ? changed(state.connections, withCarrier(news)) : state.connections
  const attachments = isRead ? changed(state.attachments, withUp(news)) : state.attachments
  const isSame =
    ports === state.ports && connections === state.connections && attachments === state.attachments
  return isSame ? state : { ...state, at, ports, connections, attachments }
}

/** Names of all links that the state shows. */
export function linksOf({ ports, connections, attachments }: RouterState): ReadonlySet<string> {
  return new Set([
    ...ports.map(({ name }) => name),
    ...connections.map((connection) => connection.interface),
    ...attachments.map((attachment) => attachment.interface),
  ])
}

function withPort(news: ReadonlyMap<string, LinkNews>) {
  return (port: RouterState['ports'][number]) => {
    const link = port.present ? news.get(port.name) : undefined
    if (link === undefined) return port
    const { up: adminUp, carrier } = link
    return port.adminUp === adminUp && port.carrier === carrier
      ? port
      : { ...port, adminUp, carrier }
  }
}

function withCarrier(news: ReadonlyMap<string, LinkNews>) {
  return (connection: RouterState['connections'][number]) => {
    const link = connection.present ? news.get(connection.interface) : undefined
    return link === undefined || link.carrier === connection.carrier
      ? connection
      : { ...connection, carrier: link.carrier }
  }
}

function withUp(news: ReadonlyMap<string, LinkNews>) {
  return (attachment: RouterState['attachments'][number]) => {
    const link = attachment.present ? news.get(attachment.interface) : undefined
    if (link === undefined) return attachment
    const { up, carrier } = link
    return attachment.up === up && attachment.carrier === carrier
      ? attachment
      : { ...attachment, up, carrier }
  }
}

/** The parts after a change; the same list where none of them changed. */
function changed<Part>(parts: readonly Part[], change: (part: Part) => Part): readonly Part[] {
  const next = parts.map(change)
  return next.every((part, place) => part === parts[place]) ? parts : next
}

/**
 * What arrived since a look began, so that the look may not have seen it yet. A look whose sources did not all
 * answer, or answered before it began, has seen none of it.
 */
export function unseenNews(
  news: ReadonlyMap<string, ArrivedNews>,
  { seen }: Pick<RouterState, 'seen'>,
  began: { readonly now: Millis; readonly at: string },
): ReadonlyMap<string, ArrivedNews> {
  const isFresh = [seen.links, seen.ports].every(
    ({ at, fault }) => fault === null && at !== null && at >= began.at,
  )
  return isFresh ? new Map([...news].filter(([, { at }]) => at >= began.now)) : news
}
