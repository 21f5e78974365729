import { fault, type Fault } from '../base/fault.js'
import { formatCidr, formatIp, network, parseCidr, parseIp } from '../base/ip.js'
import { faultsOf, ok, refused, type Result } from '../base/result.js'
import type { AskedProbe } from '../model/probe.js'
import type { Intent } from '../wire/intent.js'
import type { Probe } from '../wire/push.js'
import { layout } from './survey/layout.js'

/** The probes of a push as this router runs them, or a fault for each that names what the intent lacks. */
export function askedProbes(
  probes: readonly Probe[],
  intent: Intent,
): Result<readonly AskedProbe[]> {
  const asked = probes.map((probe, place) => askedProbe(probe, intent, `probes[${place}]`))
  const faults = asked.flatMap(faultsOf)
  return faults.length > 0
    ? refused(...faults)
    : ok(asked.flatMap((probe) => (probe.ok ? [probe.value] : [])))
}

function askedProbe(probe: Probe, intent: Intent, at: string): Result<AskedProbe> {
  const { required } = probe
  if (probe.kind === 'ping') {
    const link = layout(intent).attachments.get(probe.attachment)
    if (link === undefined) return unknown(`${at}.attachment`, probe.attachment, 'attachment')
    const address = canonical(probe.address)
    const subject = `ping ${address} from ${probe.attachment}`
    return ok({ kind: 'ping', subject, required, address, link })
  }
  const neighbor = canonical(probe.neighborAddress)
  const home = intent.attachments.find(({ bgp }) =>
    bgp?.some(({ neighborAddress }) => canonical(neighborAddress) === neighbor),
  )
  if (home === undefined) return unknown(`${at}.neighborAddress`, neighbor, 'neighbour')
  const prefix = canonicalPrefix(probe.prefix)
  const subject = `prefix ${prefix} from ${neighbor}`
  return ok({ kind: 'prefix', subject, required, prefix, neighbor, vrf: home.l3?.vrf ?? null })
}

function unknown(at: string, name: string, what: string): Result<never> {
  const found: Fault = fault('INTENT_VALUE', at, `the intent has no ${what} ${name}`)
  return refused(found)
}

function canonical(address: string): string {
  const ip = parseIp(address)
  return ip === undefined ? address : formatIp(ip)
}

function canonicalPrefix(text: string): string {
  const cidr = parseCidr(text)
  return cidr === undefined ? text : formatCidr({ ip: network(cidr), length: cidr.length })
}
