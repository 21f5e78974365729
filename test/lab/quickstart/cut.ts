import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { ROUTER, type Scene } from '../topology/customer-edge.js'
import { HUB_ADDRESS, inBandIntent } from '../topology/interconnect.js'
import { tell } from './narrator.js'

const Status = z.looseObject({
  state: z.string(),
  at: z.string(),
  hub: z.looseObject({ connected: z.boolean() }),
  change: z.looseObject({ phase: z.string(), until: z.string().optional() }).nullable(),
})
const Router = z.looseObject({ running: z.looseObject({ generation: z.number() }).nullable() })

/** The second act: the hub is only reached through the attachment, and a push takes that away. */
export async function cut(scene: Scene): Promise<void> {
  tell.title('The hub is only reached through the interconnect, and pushes what cuts its own path')
  await put(scene, 43, 100)
  await waitFor('the hub’s address is learned', () => way(scene), {
    until: (text) => text.includes('dl-par.100'),
    within: 60,
  })
  scene.customer.run('ip', 'route', 'del', '192.0.2.0/30', 'dev', 'mgmt0')
  tell.step(`the management network is gone; the way to the hub is now ${way(scene)}`)
  await put(scene, 44, 101)
  tell.step('generation 44 puts net-a on VLAN 101, which the provider does not have')
  await countDown(scene)
  await waitFor('BIRD sees the session again', () => scene.bird.session('10.0.0.2'), {
    until: (session) => session?.established === true,
    within: 90,
  })
  tell.step('BIRD says: the session is Established again, on VLAN 100')
  await waitFor('the hub hears again', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Router.safeParse(body).data?.running?.generation === 43,
    within: 120,
  })
  tell.step('the hub knows: generation 43 runs, and 44 is not tried again')
}

async function put(scene: Scene, generation: number, vlanId: number): Promise<void> {
  const path = `/v1/routers/${ROUTER}/intent`
  const { status, body } = await scene.hub.api('PUT', path, inBandIntent(generation, vlanId))
  if (status >= 300) throw new Error(`the hub refused: ${JSON.stringify(body)}`)
}

function way(scene: Scene): string {
  const [first = ''] = scene.customer.run('ip', 'route', 'get', HUB_ADDRESS).split('\n')
  return first.replace(/ (src|uid|proto) .*/, '').trim()
}

/** What the router's own command says while the hub hears nothing. */
async function countDown(scene: Scene): Promise<void> {
  for (let looks = 0; looks < 60; looks += 1) {
    const { state, at, hub, change } = status(scene)
    const until = change?.until === undefined ? null : Date.parse(change.until) - Date.parse(at)
    const left =
      until === null ? '' : `, ${Math.round(until / 1000)} s left to prove itself at most`
    const heard = hub.connected ? '' : ', hub away'
    tell.step(`demarc status: ${state}${left}${heard}`)
    if (change?.phase === 'rolled-back') {
      const { stdout } = scene.agent.demarc('history')
      return tell.output('demarc history', stdout)
    }
    await sleep(200)
  }
  throw new Error('the change was not undone')
}

function status(scene: Scene) {
  const { stdout } = scene.agent.demarc('--json', 'status')
  return Status.parse(JSON.parse(stdout))
}
