import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { toIfname, toSecretDigest } from '../../../src/core/model/names.js'
import { SECRETS, sure } from '../../support/frr/arbitrary-bgp.js'
import { frrPrograms, startFrrAlone, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { strictContract } from '../../support/frr/strict-contract.js'
import { configLines, frrContract, type ContractBench } from '../../support/frr/frr-contract.js'

/** What is said about FRR elsewhere, judged by the bgpd of Debian 12 and of Debian 13. */

const RUNS = Number(process.env['LAW_RUNS'] ?? 25)

function open(alone: FrrAlone): Frr {
  return openFrr({
    runDir: alone.runDir,
    conceal: (secret) => sure(toSecretDigest(digestOf(secret))),
    reveal: (digest) => SECRETS.get(digest),
    timeout: millis(20_000),
  })
}

function digestOf(secret: string): string {
  return [...SECRETS].find(([, text]) => text === secret)?.[0] ?? 'c'.repeat(32)
}

async function type(frr: Frr, ...lines: readonly string[]): Promise<void> {
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  if (refused !== null) throw new Error(refused.message)
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, async (t) => {
    const alone = await startFrrAlone(program)
    const frr = open(alone)
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })

    async function empty(): Promise<void> {
      const { bgpd: tree } = await frr.read()
      const gone = (tree ?? [])
        .filter(({ line }) => /^(router bgp|ip prefix-list|ipv6 prefix-list|route-map)/.test(line))
        .map(({ line }) => `no ${line}`)
      // One by one: a line may be gone with the one before it.
      for (const line of gone) await frr.apply({ do: 'frr', daemon: 'bgpd', lines: [line] })
      await frr.apply({ do: 'frr', daemon: 'bfdd', lines: ['no bfd'] })
    }

    await t.test('says its version', async (t) => {
      const have = await frr.read()
      t.match(have.version, program.version)
      t.strictSame(have.faults, [])
    })

    await t.test('what is read is the same object until FRR says something else', async (t) => {
      const before = await frr.read()
      t.equal(await frr.read(), before)
      await type(frr, 'ip prefix-list SOMEBODY seq 5 permit 10.0.0.0/8')
      const after = await frr.read()
      t.not(after, before)
      t.ok(after.bgpd?.some(({ line }) => line.startsWith('ip prefix-list SOMEBODY')))
      await type(frr, 'no ip prefix-list SOMEBODY')
      t.strictSame(await frr.read(), before)
    })

    const strict = program.version === '10.7'
    const bench = async (): Promise<ContractBench> => {
      await empty()
      return { frr, type: (...lines) => type(frr, ...lines), bfdd: true, strict }
    }
    await frrContract(t, bench, RUNS)
    if (strict) await strictContract(t, bench)

    await t.test('a password is neither read back nor echoed', async (t) => {
      await empty()
      await type(frr, 'router bgp 65010', 'neighbor 10.0.0.1 remote-as 65020', 'exit')
      const line = `neighbor 10.0.0.1 password ${'a'.repeat(32)}`
      await type(frr, 'router bgp 65010', line, 'exit')
      t.ok(configLines((await frr.read()).bgpd).includes(`router bgp 65010 / ${line}`))
      const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines: [line] })
      t.match(refused?.message, 'password aaaa', 'the line with its digest')
      t.notMatch(JSON.stringify(refused), SECRETS.get('a'.repeat(32)))
    })

    await t.test('a secret that is not known here, or not one word, is not typed', async (t) => {
      await empty()
      const unknown = 'neighbor 10.0.0.1 password 0123456789abcdef'
      const step = { do: 'frr', daemon: 'bgpd' } as const
      const lines = ['router bgp 65010', 'neighbor 10.0.0.1 remote-as 65020', unknown]
      t.match(await frr.apply({ ...step, lines }), {
        code: 'SECRET_MISSING',
        at: 'neighbor 10.0.0.1',
      })
      const careless = openFrr({
        runDir: alone.runDir,
        conceal: () => sure(toSecretDigest('c'.repeat(32))),
        reveal: () => 'two words',
      })
      t.match(await careless.apply({ ...step, lines }), { code: 'FRR_REFUSED' })
      careless.close()
      t.notOk(configLines((await frr.read()).bgpd).some((line) => line.includes('router bgp')))
    })

    await t.test('a line with a control character never reaches it', async (t) => {
      const hostile = 'neighbor 10.0.0.1 description demarc x\0router bgp 666'
      const lines = ['router bgp 65010', 'neighbor 10.0.0.1 remote-as 65020', hostile]
      t.match(await frr.apply({ do: 'frr', daemon: 'bgpd', lines }), { code: 'BUG' })
      t.notOk(configLines((await frr.read()).bgpd).some((line) => line.includes('666')))
    })

    await t.test('lists and maps typed together are refused together, and said why', async (t) => {
      await empty()
      const step = {
        do: 'frr',
        daemon: 'bgpd',
        lines: [
          'ip prefix-list demarc-a permit 10.0.0.0/8',
          'ip prefix-list demarc-b permit 10.0.0.0/8 ge 4',
          'route-map demarc-a permit 10',
          'match ip address prefix-list demarc-a',
          'exit',
        ],
      } as const
      const refused = await frr.apply(step)
      t.match(refused, { code: 'FRR_REFUSED', message: /Invalid prefix range/ })
      await empty()
      t.notOk(configLines((await frr.read()).bgpd).some((line) => line.includes('demarc')))
      await type(frr, ...step.lines.filter((line) => !line.includes('demarc-b')))
    })

    await t.test('zebra is waited for until it knows a link, or until the deadline', async (t) => {
      const links = [sure(toIfname('late0'))]
      const step = { do: 'frr-wait', links, vrfs: [] } as const
      const early = await frr.wait(step, millis(50))
      t.match(early, { code: 'FRR_UNAVAILABLE', at: 'zebra', message: /late0\b.*zebra_options/ })
      const waited = frr.wait(step, millis(10_000))
      alone.shell('ip link add late0 type veth peer name late1')
      t.equal(await waited, null)
      const vrf = { ...step, vrfs: [sure(toIfname('green'))] }
      t.match(await frr.wait(vrf, millis(50)), { message: /green/ })
    })

    await t.test('demarc’s own neighbours are reported, and no others', async (t) => {
      await empty()
      await type(
        frr,
        'router bgp 65010',
        'neighbor 10.0.0.1 remote-as 65020',
        'neighbor 10.0.0.1 description demarc net-a: north',
        'neighbor 10.0.0.1 bfd',
        'neighbor 10.0.0.1 shutdown',
        'neighbor 10.0.0.2 remote-as 65020',
        'neighbor 10.0.0.2 description someone else',
        'address-family ipv4 unicast',
        'neighbor 10.0.0.1 maximum-prefix 100',
        'exit-address-family',
        'exit',
        'router bgp 65010 vrf blue',
        'neighbor fd00::1 remote-as 65030',
        'neighbor fd00::1 description demarc net-b',
        'exit',
      )
      const found = await frr.neighbors()
      t.match(found, [
        {
          address: '10.0.0.1',
          vrf: null,
          peerAs: 65020,
          sessionState: 'Idle',
          sinceLastMessage: null,
          upFor: null,
          holdTime: 180_000,
          adminDown: true,
          lastEstablished: null,
          establishedTransitions: 0,
          bfd: { sessionState: /unknown|down/ },
          families: [{ family: 'ipv4-unicast', received: 0, sent: null, limit: 100 }],
        },
        { address: '10.0.0.2', vrf: null, adminDown: false },
        {
          address: 'fd00::1',
          vrf: 'blue',
          adminDown: false,
          lastError: null,
          bfd: null,
        },
      ])
      t.equal(found.length, 3, 'no matter who made them')
    })

    await t.test('without watchfrr each daemon saves its own file', async (t) => {
      await empty()
      await type(frr, 'router bgp 65010', 'neighbor 10.0.0.1 remote-as 65020', 'exit')
      t.equal(await frr.save(), null)
      t.match(readFileSync(join(alone.runDir, 'bgpd.conf'), 'utf8'), 'neighbor 10.0.0.1 remote-as')
      await alone.kill('bgpd')
      await alone.start('bgpd')
      t.ok(configLines((await frr.read()).bgpd).includes('router bgp 65010'), 'and starts with it')
    })

    await t.test(
      'a daemon that dies in the middle is a fault; the next one is used again',
      async (t) => {
        const lines = Array.from(
          { length: 20_000 },
          (_, i) => `ip prefix-list demarc-x permit 10.${i >> 8}.${i & 255}.0/24`,
        )
        const applied = frr.apply({ do: 'frr', daemon: 'bgpd', lines })
        await new Promise((resolve) => setTimeout(resolve, 50))
        await alone.kill('bgpd')
        t.match(await applied, { code: 'FRR_UNAVAILABLE', at: 'bgpd' })
        t.match(await frr.read(), { bgpd: null, version: null })
        await alone.start('bgpd')
        t.match((await frr.read()).version, program.version)
      },
    )
  })
}
