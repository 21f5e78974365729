import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { CauseCode } from '../../../src/core/health/session/terms.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { assessor } from '../../support/agent/monitor.js'
import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import { watchSession } from '../../support/agent/session-looks.js'
import { peerAddresses, startFrrBench } from '../../support/frr/frr-peer.js'
import { type FrrAlone, frrPrograms, shellOf } from '../../support/frr/isolated-frr.js'
import { startBirdPeer, type BirdPeer, type BirdTerms } from '../../support/peer/bird-peer.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * Faults of a session with BFD to BIRD, which ends BFD together with the session: two seconds after each NOTIFICATION, FRR
 * says "BFD down received" in its place. The cause stays what the NOTIFICATION said.
 */

t.jobs = 2

const [PEER] = peerAddresses(0)

async function type(frr: Frr, ...lines: readonly string[]): Promise<void> {
  const typed = ['router bgp 65010', ...lines, 'exit']
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines: typed })
  if (refused !== null) throw new Error(refused.message)
}

interface Fault {
  readonly make: (bird: BirdPeer) => void
  readonly mend: (bird: BirdPeer) => void
  readonly code: CauseCode
  readonly says: RegExp
}

/** What the kernel of the far end does with BGP, whose BFD it lets through. */
function filtered(alone: FrrAlone, ...rules: readonly string[]): void {
  const table = ['table inet t {', 'chain c {', 'type filter hook input priority 0']
  const lines = ['table inet t', 'delete table inet t', ...table, ...rules, '}', '}', '']
  writeFileSync(join(alone.runDir, 'rules'), lines.join('\n'))
  alone.shell(`nsenter -t $peer -n nft -f ${alone.runDir}/rules`)
}

/** Without a NOTIFICATION: one after the other, each with what the kernel shows of it. */
const SILENCES: readonly {
  readonly what: string
  readonly make: (alone: FrrAlone) => void
  readonly code: CauseCode
}[] = [
  {
    what: 'TCP is silent',
    make: (alone) => filtered(alone, 'tcp dport 179 drop', 'tcp sport 179 drop'),
    code: 'TCP_SILENT',
  },
  {
    what: 'TCP is refused',
    make: (alone) => filtered(alone, 'tcp dport 179 reject with tcp reset', 'tcp sport 179 drop'),
    code: 'TCP_REFUSED',
  },
  {
    what: 'nobody answers ARP',
    make: (alone) => alone.shell('nsenter -t $peer -n ip addr flush dev w0; ip neigh flush dev v0'),
    code: 'LINK_LAYER_ADDRESS_LOST',
  },
]

const configured = (terms: BirdTerms) => ({
  // FRR keeps no NOTIFICATION of a connection that the peer opened.
  make: (bird: BirdPeer) => bird.configure({ ...terms, isPassive: true }),
  mend(bird: BirdPeer) {
    bird.configure({})
    bird.command('enable up')
  },
})

const FAULTS: Readonly<Record<string, Fault>> = {
  'the far end shuts the session down, with a message': {
    make: (bird) => bird.command(String.raw`'disable up "Maintenance"'`),
    mend: (bird) => bird.command('enable up'),
    ...{ code: 'PEER_SHUTDOWN', says: /writes "Maintenance"/ },
  },
  'the far end expects another AS': {
    ...configured({ expects: 65_011 }),
    ...{ code: 'LOCAL_AS_REFUSED', says: /refuses AS 65010/ },
  },
  'the far end has another AS': {
    ...configured({ as: 65_021 }),
    ...{ code: 'PEER_AS_DIFFERS', says: /another AS than AS 65020/ },
  },
  'this router announces more than the far end takes': {
    ...configured({ channel: 'import limit 1 action disable;' }),
    ...{ code: 'PEER_PREFIX_LIMIT', says: /announced more prefixes than its limit/ },
  },
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const bird = await startBirdPeer(alone)
    await type(
      frr,
      ...['no bgp ebgp-requires-policy', 'no bgp network import-check'],
      ...[`neighbor ${PEER} remote-as 65020`, `neighbor ${PEER} timers 3 9`],
      ...[`neighbor ${PEER} timers connect 2`, `neighbor ${PEER} bfd`],
      `neighbor ${PEER} bfd 3 300 300`,
      ...['address-family ipv4 unicast', 'network 10.7.0.0/24', 'network 10.8.0.0/24'],
      'exit-address-family',
    )
    const shown = async () => (await frr.neighbors())[0]
    const { up, becomes } = watchSession({
      neighbor: shown,
      intent: { localAs: 65010 },
      // A NOTIFICATION is shown for less than two seconds.
      shell: null,
      dir: alone.runDir,
    })
    const bfdIsUp = () =>
      waitFor('BFD is up', shown, { until: (one) => one?.bfd?.sessionState === 'up', within: 30 })

    for (const [what, { make, mend, code, says }] of Object.entries(FAULTS)) {
      await t.test(what, async (t) => {
        await up()
        await bfdIsUp()
        make(bird)
        try {
          t.match((await becomes(code))?.what, says)
          await waitFor('BFD ends as well', shown, { until: isBfdOver, within: 30, every: 50 })
          t.match((await becomes(code))?.what, says, 'the cause stays, whether or not BFD hides it')
        } finally {
          mend(bird)
        }
      })
    }

    await t.test('the far end announces more than our limit', async (t) => {
      await up()
      await bfdIsUp()
      const family = (line: string) => type(frr, 'address-family ipv4 unicast', line)
      await family(`neighbor ${PEER} maximum-prefix 1`)
      // FRR 8.4 counts anew when routes come.
      bird.command('reload out up')
      const isHeld = (one: Awaited<ReturnType<typeof shown>>) =>
        one !== undefined && one.overLimit !== null
      await waitFor('the session is held', shown, { until: isHeld, within: 30 })
      // BIRD mostly ends BFD within two seconds of the NOTIFICATION.
      for (let look = 0; look < 12; look += 1) {
        const held = healthyNeighbor({ ...(await shown()), localAs: 65_010 })
        const router = assessor()
        router.at(0, healthyRouter({ neighbors: [held] }))
        t.strictSame(router.codes(`net-a/${PEER}`), ['PREFIX_LIMIT_EXCEEDED'], held.lastError ?? '')
        await sleep(250)
      }
      await family(`no neighbor ${PEER} maximum-prefix 1`)
    })

    await t.test('without a word of the far end', async (t) => {
      const seen = watchSession({
        ...{ neighbor: shown, intent: { localAs: 65_010 } },
        ...{ shell: shellOf(alone), dir: alone.runDir },
      })
      await seen.up()
      await bfdIsUp()
      for (const { what, make, code } of SILENCES) {
        make(alone)
        t.equal((await seen.becomes(code))?.code, code, what)
      }
    })
  })
}

/** Mostly FRR then says "BFD down received"; not where BFD was down before the NOTIFICATION was read. */
function isBfdOver(neighbor: Awaited<ReturnType<Frr['neighbors']>>[number] | undefined): boolean {
  return neighbor?.bfd?.sessionState === 'down' || neighbor?.lastError === 'BFD down received'
}
