import type { Look } from '../../core/health/ladder/ladder.js'
import type { Clock } from '../../edge/host/clock.js'
import { probeAddress } from '../../edge/host/measure/address-probe.js'
import { echo } from '../../edge/host/measure/echo.js'
import { dialTcp } from '../../edge/host/measure/tcp-dial.js'
import type { Kernel } from '../../edge/kernel/kernel.js'
import { createDoctor, type Doctor } from './doctor.js'

/** The doctor of this router; `look` looks at it anew. */
export function openDoctor(
  router: string,
  { kernel: { ports, askNeighbors } }: { readonly kernel: Pick<Kernel, 'ports' | 'askNeighbors'> },
  clock: Clock,
  look: () => Promise<Look | null>,
): Doctor {
  const instruments = { ports, askNeighbors, probeAddress, dial: dialTcp, echo, clock }
  return createDoctor({ router, look, instruments })
}
