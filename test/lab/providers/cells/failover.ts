import { waitFor } from '../../../support/process/wait.js'
import { run } from '../../../support/process/command.js'
import { startFlows, type Flows, type Loss } from '../flows.js'
import { LAN_HOST, type ModeScene } from '../scene.js'
import { countsOf, established, findingOf } from './sessions.js'

/** What breaks, and what becomes of the traffic. */
export interface Failure {
  /** The port whose fibre is cut. */
  readonly cut: string
  /** Traffic goes on another way, or waits until the fibre is mended. */
  readonly then: 'other way' | 'mended'
}

/** What the health says of a port whose fibre is cut: the optic knows the reason. */
const NO_LIGHT = ['OPTIC_RX_LOS', 'PORT_NO_CARRIER'] as const

/** Cuts a fibre under traffic and mends it again. */
export async function failover(scene: ModeScene): Promise<string> {
  const { failure, hosts, special } = scene.mode
  const flows = startFlows(scene.core, scene.mode.from ?? LAN_HOST, hosts)
  try {
    await flows.steady(0, 60)
    const figures = await cutAndMend(scene, failure, flows)
    const more = await special?.failover?.(scene)
    return [figures, ...(more === undefined ? [] : [more])].join(', ')
  } finally {
    await flows.stop()
  }
}

async function cutAndMend(scene: ModeScene, failure: Failure, flows: Flows): Promise<string> {
  const { cut, then } = failure
  const announced = countsOf(scene).join()
  const cutAt = Date.now()
  run('vfiber', 'cut', cut)
  let figures = ''
  if (then === 'other way') {
    await flows.steady(cutAt, 60, 1000)
    figures = `carrier: ${shown(flows.lost(cutAt))}`
    await findingOf(scene, ['ports', cut, ...NO_LIGHT])
    run('vfiber', 'mend', cut)
  } else {
    await flows.broken(500, 30)
    await findingOf(scene, ['ports', cut, ...NO_LIGHT])
    const mendedAt = Date.now()
    run('vfiber', 'mend', cut)
    await flows.steady(mendedAt, 120)
    figures = `back ${((flows.firstReply(mendedAt) - mendedAt) / 1000).toFixed(1)} s after mending`
  }
  await established(scene)
  await waitFor('every session has its routes again', () => countsOf(scene), {
    until: (counts) => counts.join() === announced,
    within: 60,
  })
  await flows.steady(Date.now(), 60)
  return figures
}

function shown({ packets, longest, flows }: Loss): string {
  return packets === 0
    ? 'no packet lost'
    : `${longest} ms, ${packets} packets of ${flows} flows lost`
}
