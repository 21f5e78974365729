import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { ROUTER, type Scene } from '../topology/customer-edge.js'
import { HUB_ADDRESS, inBandIntent } from '../topology/interconnect.js'
import { narrate } from './narrator.js'

const Status = z.looseObject({
  state: z.string(),
  at: z.string(),
  hub: z.looseObject({ connected: z.boolean() }),
  change: z.looseObject({ phase: z.string(), until: z.string().optional() }).nullable(),
})
const Router = z.looseObject({ running: z.looseObject({ generation: z.number() }).nullable() })

/** Second part: the hub is reached only through the attachment, and a push takes that path away. */
export async function cutOwnPath(scene: Scene): Promise<void> {
  narrate.title(
    'The hub, reached only through the interconnect, pushes an intent that cuts its own path',
  )
  await put(scene, 43, 100)
  await waitFor('the hub’s address is learned', () => hubRoute(scene), {
    until: (text) => text.includes('dl-par.100'),
    within: 60,
  })
  scene.customer.run('ip', 'route', 'del', '192.0.2.0/30', 'dev', 'mgmt0')
  narrate.step(`the management network is removed; the route to the hub is now ${hubRoute(scene)}`)
  await put(scene, 44, 101)
  narrate.step('generation 44 puts net-a on VLAN 101, which the provider does not have')
  await countDown(scene)
  await waitFor('BIRD sees the session again', () => scene.bird.session('10.0.0.2'), {
    until: (session) => session?.established === true,
    within: 90,
  })
  narrate.step('BIRD reports: the session is Established again, on VLAN 100')
  await waitFor(
    'the hub receives reports again',
    () => scene.hub.api('GET', `/v1/routers/${ROUTER}`),
    {
      until: ({ body }) => Router.safeParse(body).data?.running?.generation === 43,
      within: 120,
    },
  )
  narrate.step(
    'the hub reports: generation 43 is in force; generation 44 was rolled back and is not tried again',
  )
}

async function put(scene: Scene, generation: number, vlanId: number): Promise<void> {
  const path = `/v1/routers/${ROUTER}/intent`
  const { status, body } = await scene.hub.api('PUT', path, inBandIntent(generation, vlanId))
  if (status >= 300) throw new Error(`the hub refused: ${JSON.stringify(body)}`)
}

function hubRoute(scene: Scene): string {
  const [first = ''] = scene.customer.run('ip', 'route', 'get', HUB_ADDRESS).split('\n')
  return first.replace(/ (src|uid|proto) .*/, '').trim()
}

/** Prints what the router's own command shows while the hub receives nothing. */
async function countDown(scene: Scene): Promise<void> {
  for (let looks = 0; looks < 60; looks += 1) {
    const { state, at, hub, change } = status(scene)
    const until = change?.until === undefined ? null : Date.parse(change.until) - Date.parse(at)
    const left = until === null ? '' : `, ${Math.round(until / 1000)} s left at most`
    const away = hub.connected ? '' : ', hub not connected'
    narrate.step(`demarc status: ${state}${left}${away}`)
    if (change?.phase === 'rolled-back') {
      const { stdout } = scene.agent.demarc('history')
      return narrate.output('demarc history', stdout)
    }
    await sleep(200)
  }
  throw new Error('the change was not rolled back')
}

function status(scene: Scene) {
  const { stdout } = scene.agent.demarc('--json', 'status')
  return Status.parse(JSON.parse(stdout))
}
