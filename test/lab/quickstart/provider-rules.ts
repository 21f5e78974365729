import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { ROUTER, type Scene } from '../topology/customer-edge.js'
import { CUSTOMER_PORTS, inBandIntent } from '../topology/interconnect.js'
import { waitForTraffic } from './traffic.js'
import { narrate } from './narrator.js'

/** What the profile of a provider does: it fills in what the provider fixes, and refuses what it would not carry. */

const PATH = `/v1/routers/${ROUTER}/intent`
const MINIMAL = 'config/intents/outscale-minimal.json'
const Refusal = z.looseObject({
  faults: z.array(z.looseObject({ code: z.string(), at: z.string(), message: z.string() })),
})

/** The minimal intent of OUTSCALE with the names, the LAN and the BgpKey of this scene. */
function minimalIntent(): string {
  const words: readonly (readonly [string, string])[] = [
    ['"edge-1"', `"${ROUTER}"`],
    ['"enp1s0"', `"${CUSTOMER_PORTS[0]}"`],
    ['"192.168.0.0/24"', '"192.168.0.0/16"'],
    [
      '"neighborAddress": "10.0.0.1",',
      '"neighborAddress": "10.0.0.1", "authPassword": { "secret": "net-a-bgp" },',
    ],
  ]
  return words.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${MINIMAL} has no ${from}`)
      return text.replace(from, to)
    },
    readFileSync(MINIMAL, 'utf8'),
  )
}

/** First part: the minimal intent, and the value that a rule of the provider has filled in. */
export async function pushMinimal(scene: Scene): Promise<void> {
  narrate.title(
    'The hub pushes the minimal intent of OUTSCALE: one port, one VLAN, one BGP neighbour',
  )
  const text = minimalIntent()
  const file = join(scene.dir, 'minimal.json')
  writeFileSync(file, text)
  narrate.output('cat minimal.json', text)
  const pushed = await scene.hub.api('PUT', PATH, JSON.parse(text))
  if (pushed.status >= 300) throw new Error(`the hub refused: ${JSON.stringify(pushed.body)}`)
  await waitForTraffic(scene)
  const { stdout } = scene.agent.demarc('validate', '--effective', file)
  const filled = stdout.split('\n').filter((line) => line.startsWith('filled in'))
  if (filled.length === 0) throw new Error(`nothing is filled in: ${stdout}`)
  narrate.output('demarc validate --effective minimal.json | grep "^filled in"', filled.join('\n'))
}

/** Last part: an intent that breaks a rule of the provider. */
export async function breakRule(scene: Scene): Promise<void> {
  narrate.title('The hub is given an intent that OUTSCALE does not carry: an MTU of 9000')
  const intent = inBandIntent(45, 100)
  const [netA, ...others] = intent.attachments
  const broken = { ...intent, attachments: [{ ...netA, mtu: 9000 }, ...others] }
  const { status, body } = await scene.hub.api('PUT', PATH, broken)
  const faults = Refusal.safeParse(body).data?.faults ?? []
  if (status !== 422 || faults.length === 0) {
    throw new Error(`the hub answers ${status}: ${JSON.stringify(body)}`)
  }
  const lines = faults.map(({ code, at, message }) => `${code}  ${at}: ${message}`)
  narrate.output(`curl -T intent.json "$HUB${PATH}"`, [`HTTP ${status}`, ...lines].join('\n'))
  const router = await scene.hub.api('GET', `/v1/routers/${ROUTER}`)
  const generation = Running.parse(router.body).running.generation
  narrate.step(`the hub reports: generation ${generation} is in force`)
}

const Running = z.looseObject({ running: z.looseObject({ generation: z.number() }) })
