import { waitFor } from '../../support/process/wait.js'
import type { Scene } from '../topology/customer-edge.js'
import { CLOUD_HOST, LAN_HOST } from '../topology/interconnect.js'
import { narrate } from './narrator.js'

const CUSTOMER = '10.0.0.2'

/** When BIRD's session began; undefined: it is not Established. */
export function sessionSince({ bird }: Scene): string | undefined {
  const session = bird.session(CUSTOMER)
  return session?.established === true ? session.since : undefined
}

/** Waits until BIRD has a session that began at another time than `before`, the LAN's prefix, and traffic. */
export async function waitForTraffic(scene: Scene, before?: string): Promise<void> {
  await waitFor('BIRD sees the session', () => sessionSince(scene), {
    until: (since) => since !== undefined && since !== before,
    within: 120,
  })
  narrate.step(`BIRD, the provider, reports: the session with ${CUSTOMER} is Established`)
  const routes = await waitFor('BIRD has the LAN', scene.bird.routes, {
    until: (all) => all.includes('192.168.0.0/16'),
    within: 60,
  })
  narrate.step(`BIRD learned ${routes.join(', ')}`)
  await waitFor('a ping arrives', () => ping(scene), { until: (up) => up, within: 60 })
  narrate.step(`a host in the LAN (${LAN_HOST}) reaches one in the cloud (${CLOUD_HOST})`)
}

export function ping(scene: Scene): boolean {
  try {
    scene.customer.run('ping', '-c', '3', '-i', '0.2', '-W', '2', '-I', LAN_HOST, CLOUD_HOST)
    return true
  } catch {
    return false
  }
}
