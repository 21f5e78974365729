import { fault } from '../../base/fault.js'
import { matchesAny } from '../../base/glob.js'
import { linkTarget, neighborTarget, type PlanConflict } from '../../model/drift.js'
import { toIpText, type SecretDigest } from '../../model/names.js'
import { peerings, type IntentIndex } from '../survey/intent-index.js'

/**
 * What this router lacks for the intent: ports that it may not manage, and secrets that are not on it. The
 * intent itself is right, so each of them concerns one port or one neighbour, and nothing else.
 */
export function findGaps(
  index: IntentIndex,
  managedPorts: readonly string[],
  secrets: ReadonlyMap<string, SecretDigest>,
): readonly PlanConflict[] {
  return [...unmanagedPorts(index, managedPorts), ...missingSecrets(index, secrets)]
}

function unmanagedPorts(
  { trunks, sites }: IntentIndex,
  managedPorts: readonly string[],
): readonly PlanConflict[] {
  const ports = trunks.flatMap(({ at, connection }) =>
    connection.ports.map(({ name }, i) => ({ at: `${at}.ports[${i}].name`, name })),
  )
  const members = sites.flatMap(({ at, attachment }) =>
    (attachment.l2?.members ?? []).map((name, i) => ({ at: `${at}.l2.members[${i}]`, name })),
  )
  return [...ports, ...members]
    .filter(({ name }) => !matchesAny(name, managedPorts))
    .map(({ at, name }) => {
      const why = `"${name}" is not among the ports that [ports] manage allows`
      return { fault: fault('PORT_UNMANAGED', at, why), targets: [linkTarget(name)] }
    })
}

function missingSecrets(
  { sites }: IntentIndex,
  secrets: ReadonlyMap<string, SecretDigest>,
): readonly PlanConflict[] {
  return peerings(sites).flatMap(({ at, neighbor }) => {
    const name = neighbor.authPassword?.secret
    if (name === undefined || secrets.has(name)) return []
    const why = `the secret "${name}" is not on this router`
    const address = toIpText(neighbor.neighborAddress) ?? neighbor.neighborAddress
    return [
      {
        fault: fault('SECRET_MISSING', `${at}.authPassword.secret`, why),
        targets: [neighborTarget(address)],
      },
    ]
  })
}
