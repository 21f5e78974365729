import { attempt } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { tryAsk, type DaemonConnections } from './vty/connections.js'
import { readNeighbors, type NeighborId } from './neighbors.js'

/** `clear bgp` of one neighbour; null: done. The fault quotes FRR. Rejects with a FaultError. */
export async function clearNeighbor(
  connections: DaemonConnections,
  { vrf, address }: NeighborId,
): Promise<Fault | null> {
  const command = `clear bgp${vrf === null ? '' : ` vrf ${vrf}`} ${address}`
  const [reply] = await connections.ask('bgpd', [command])
  if (reply?.status === 0 && !reply.text.startsWith('%')) return null
  const text = (reply?.text ?? '').replace(/[^\x20-\x7e]+/g, ' ').trim()
  return fault('FRR_REFUSED', 'bgpd', `\`${command}\`: ${text}`)
}

/**
 * The neighbours whose prefix limit the lines change and whose session FRR holds down because of it: FRR 8.4 and
 * 10.3 keep it down when the limit is raised or removed (PEER_STATUS_PREFIX_OVERFLOW), so it must be cleared
 * after the lines. It carries nothing, so that costs no traffic.
 */
export async function heldSessions(
  connections: DaemonConnections,
  lines: readonly string[],
): Promise<readonly NeighborId[]> {
  const changed = neighborsWithNewLimit(lines)
  if (changed.length === 0) return []
  const answer = await tryAsk(connections, 'bgpd', ['show bgp vrf all neighbors json'])
  const found = answer.ok ? await attempt(() => readNeighbors(answer.value[0]?.text ?? '')) : answer
  const held = found.ok ? found.value.filter(({ overLimit }) => overLimit !== null) : []
  return changed.filter((id) =>
    held.some(({ vrf, address }) => vrf === id.vrf && address === id.address),
  )
}

/** Clears them one by one. What fails stays held, and health reports it. */
export async function clearNeighbors(
  connections: DaemonConnections,
  neighbors: readonly NeighborId[],
): Promise<void> {
  for (const id of neighbors) await attempt(() => clearNeighbor(connections, id))
}

const BLOCK = /^router bgp \d+(?: vrf (\S+))?$/
const LIMIT = /^(?:no )?neighbor (\S+) maximum-prefix\b/

function neighborsWithNewLimit(lines: readonly string[]): readonly NeighborId[] {
  let vrf: string | null = null
  const found = new Map<string, NeighborId>()
  for (const line of lines) {
    const block = BLOCK.exec(line)
    if (block !== null) vrf = block[1] ?? null
    const address = LIMIT.exec(line)?.[1]
    if (address !== undefined) found.set(`${vrf ?? ''} ${address}`, { vrf, address })
  }
  return [...found.values()]
}
