import type { Look } from '../../core/health/ladder/ladder.js'
import type { Profiles } from '../../core/providers/lines.js'
import type { Intent } from '../../core/wire/intent.js'
import type { Clock } from '../../edge/host/clock.js'
import { probeAddress } from '../../edge/host/measure/address-probe.js'
import { echo } from '../../edge/host/measure/echo.js'
import { dialTcp, dialTcpOver } from '../../edge/host/measure/tcp-dial.js'
import type { Frr } from '../../edge/frr/frr.js'
import type { Kernel } from '../../edge/kernel/kernel.js'
import { createDoctor, type Doctor } from './doctor.js'

export interface DoctorParts {
  readonly router: string
  readonly edges: {
    readonly kernel: Pick<Kernel, 'ports' | 'askNeighbors'>
    readonly frr: Pick<Frr, 'draining'>
  }
  readonly clock: Clock
  /** Looks at the router anew. */
  readonly look: () => Promise<Look | null>
  /** The intent in force. */
  readonly intent: () => Intent | null
  readonly profiles: () => Profiles
}

/** The doctor of this router. */
export function openDoctor({ router, edges, clock, look, intent, profiles }: DoctorParts): Doctor {
  const { ports, askNeighbors } = edges.kernel
  const { draining } = edges.frr
  const instruments = {
    ...{ ports, askNeighbors, probeAddress, draining, echo, clock },
    ...{ dial: dialTcp, dialOver: dialTcpOver },
  }
  const provider = (attachment: string) => providerOf(intent(), profiles(), attachment)
  return createDoctor({ router, look, instruments, provider })
}

function providerOf(intent: Intent | null, profiles: Profiles, attachment: string) {
  const name = intent?.attachments.find((each) => each.name === attachment)?.connection
  const connection = intent?.connections.find((each) => each.name === name)
  return profiles.get(connection?.provider ?? '') ?? null
}
