import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { toWant } from '../../../src/core/intent/want.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import type { ConfigTree } from '../../../src/core/model/plan.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { frrPrograms, startFrrAlone } from '../../support/frr/isolated-frr.js'

/** Texts an intent may carry that read like commands, options or quoting to somebody on the way. */
const PROSE = [
  'end',
  'exit',
  'exit-address-family',
  'quit',
  'write memory',
  'do show run',
  'rtt',
  'detail',
  'no router bgp 65010',
  'neighbor 10.0.0.9 remote-as 1',
  '-x',
  '--help',
  '<A.B.C.D>',
  'LINE',
  '"quoted" \'x\'',
  '"',
  "'",
  '`id`',
  '$(reboot)',
  '; reboot & > /tmp/x < y',
  '%s%n%d',
  '&&',
  '[a] {b} (c) * ~ ^ % @ = + , : /',
  'description x',
  'x'.repeat(64),
]

/** Every printable character but the blank, which FRR takes in a password. */
const PASSWORD = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('')

const FIRST = PASSWORD.slice(0, 80)
const SECOND = PASSWORD.slice(14)
const DIGESTS = new Map([
  [FIRST, sure(toSecretDigest('a'.repeat(32)))],
  [SECOND, sure(toSecretDigest('b'.repeat(32)))],
])

const intent = parseIntent({
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: 'r', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
  connections: [{ name: 'c', ports: [{ name: 'p0' }] }],
  attachments: [
    {
      name: 'net-a',
      connection: 'c',
      vlanId: 5,
      l3: { addresses: ['10.0.0.2/24'] },
      bgp: PROSE.map((text, i) => ({
        neighborAddress: `10.0.0.${i + 10}`,
        peerAs: 65020,
        description: text,
        shutdown: { message: text },
        authPassword: { secret: i % 2 === 0 ? 'first' : 'second' },
      })),
    },
  ],
})

function wanted() {
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  const secrets = new Map([
    ['first', sure(DIGESTS.get(FIRST))],
    ['second', sure(DIGESTS.get(SECOND))],
  ])
  const want = toWant(intent.value, { managedPorts: ['p0'], secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value.bgp
}

/** Types what is missing; the answer is every line that is still missing after it. */
async function settle(frr: Frr): Promise<readonly string[]> {
  const missing = async () => {
    const plan = planFrr(wanted(), await frr.read())
    if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
    return [...plan.value.remove, ...plan.value.change].flatMap(({ step }) =>
      step.do === 'frr' ? [step] : [],
    )
  }
  for (const step of await missing()) {
    const refused = await frr.apply(step)
    if (refused !== null) throw new Error(refused.message)
  }
  return (await missing()).flatMap(({ lines }) => lines)
}

/** Neighbours, descriptions and messages of the one BGP block, and how many blocks there are. */
function texts(tree: ConfigTree) {
  const blocks = tree.filter(({ line }) => line.startsWith('router bgp'))
  const lines = blocks.flatMap(({ children }) => children.map(({ line }) => line))
  const after = (word: string) =>
    lines.flatMap((line) => new RegExp(`^neighbor \\S+ ${word} (.*)$`).exec(line)?.[1] ?? [])
  return {
    blocks: blocks.length,
    neighbors: new Set(lines.flatMap((line) => /^neighbor (\S+)/.exec(line)?.[1] ?? [])).size,
    descriptions: after('description'),
    messages: after('shutdown message'),
  }
}

for (const program of frrPrograms()) {
  t.test(`on FRR ${program.version} no text of an intent becomes a command`, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = openFrr({
      runDir: alone.runDir,
      conceal: (secret) => DIGESTS.get(secret) ?? sure(toSecretDigest('f'.repeat(32))),
      reveal: (digest) => [...DIGESTS].find(([, one]) => one === digest)?.[0],
      timeout: millis(20_000),
    })
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })
    t.strictSame(await settle(frr), [], 'all of it is there, passwords included, and nothing else')
    const found = texts((await frr.read()).bgpd ?? [])
    t.strictSame(found, {
      blocks: 1,
      neighbors: PROSE.length,
      descriptions: PROSE.map((text) => `demarc net-a: ${text}`),
      messages: PROSE,
    })
  })
}
