import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { ROUTER, type Scene } from '../topology/customer-edge.js'
import { CUSTOMER_PORTS, exampleIntent } from '../topology/interconnect.js'
import { cutOwnPath } from './cut-own-path.js'
import { narrate } from './narrator.js'
import { followHub } from './news.js'
import { breakRule, pushMinimal } from './provider-rules.js'
import { ping, sessionSince, waitForTraffic } from './traffic.js'

const Connected = z.looseObject({ connected: z.boolean() })
const PortHealth = z.looseObject({
  health: z.looseObject({
    router: z.looseObject({ severity: z.string() }),
    ports: z.record(z.string(), z.looseObject({ severity: z.string() })),
  }),
})

/** The parts, in order; each waits for what the *other* side reports. */
export async function demonstrate(scene: Scene): Promise<void> {
  const ended = new AbortController()
  try {
    await introduce(scene)
    followHub(scene.hub, ended.signal)
    await pushMinimal(scene)
    await push(scene)
    await bend(scene)
    await cutOwnPath(scene)
    await show(scene)
    await breakRule(scene)
  } finally {
    ended.abort()
  }
}

async function introduce(scene: Scene): Promise<void> {
  await waitFor('the agent connects', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Connected.safeParse(body).data?.connected === true,
    within: 60,
  })
  narrate.step(`${ROUTER} connected to its hub at ${scene.hub.agentUrl}`)
}

async function push(scene: Scene): Promise<void> {
  narrate.title('The hub pushes more: an LACP bond, two VLANs, a bridge, BFD')
  const before = sessionSince(scene)
  const pushed = await scene.hub.api('PUT', `/v1/routers/${ROUTER}/intent`, exampleIntent(42))
  if (pushed.status >= 300) throw new Error(`the hub refused: ${JSON.stringify(pushed.body)}`)
  await waitForTraffic(scene, before)
}

async function bend(scene: Scene): Promise<void> {
  const port = CUSTOMER_PORTS[0]
  const session = sessionSince(scene)
  await waitFor('the router is healthy', () => health(scene), {
    until: (now) => now?.router.severity === 'ok',
    within: 90,
  })
  narrate.title(`One fibre is bent until its receiver sees no light: vfiber bend ${port} 25dB`)
  scene.customer.run('vfiber', 'bend', port, '25dB')
  await waitFor('the hub has the verdict', () => health(scene), {
    until: (now) => now?.ports[port]?.severity === 'critical',
    within: 90,
  })
  const { stdout } = scene.agent.demarc('show', 'ports')
  narrate.output('demarc show ports', stdout)
  await waitFor('traffic goes on', () => ping(scene), { until: (up) => up, within: 30 })
  narrate.step(`traffic goes on over ${CUSTOMER_PORTS[1]}`)
  if (sessionSince(scene) !== session) throw new Error('the session flapped')
  narrate.step('BIRD reports: the session never went down')
  narrate.title(`The fibre is straightened again: vfiber mend ${port}`)
  scene.customer.run('vfiber', 'mend', port)
  await waitFor('the router is healthy again', () => health(scene), {
    until: (now) => now?.router.severity === 'ok',
    within: 120,
  })
  narrate.step('the hub reports: every verdict is ok')
}

async function show(scene: Scene): Promise<void> {
  narrate.title('The router at a glance')
  const status = await waitFor('status exits 0', () => scene.agent.demarc('status'), {
    until: (answer) => answer.status === 0,
    within: 60,
    every: 2000,
  })
  narrate.output('demarc status', status.stdout)
}

async function health(scene: Scene) {
  const { body } = await scene.hub.api('GET', `/v1/routers/${ROUTER}/health`)
  return PortHealth.safeParse(body).data?.health
}
