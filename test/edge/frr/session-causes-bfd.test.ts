import t from 'tap'
import type { CauseCode } from '../../../src/core/health/session/terms.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { watchSession } from '../../support/agent/session-looks.js'
import { openBench, peerAddresses } from '../../support/frr/frr-peer.js'
import { frrPrograms, startFrrAlone } from '../../support/frr/isolated-frr.js'
import { startBirdPeer, type BirdPeer } from '../../support/peer/bird-peer.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * Faults of a session with BFD to BIRD, which ends BFD together with the session: a second after each NOTIFICATION, FRR
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

const configured = (terms: Parameters<BirdPeer['configure']>[0]) => ({
  make: (bird: BirdPeer) => bird.configure(terms),
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
    const alone = await startFrrAlone(program)
    const frr = openBench(alone.runDir)
    t.teardown(async () => {
      frr.close()
      await alone.stop()
    })
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
      // A NOTIFICATION is shown for less than a second.
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
  })
}

/** Mostly FRR then says "BFD down received"; not where BFD was down before the NOTIFICATION was read. */
function isBfdOver(neighbor: Awaited<ReturnType<Frr['neighbors']>>[number] | undefined): boolean {
  return neighbor?.bfd?.sessionState === 'down' || neighbor?.lastError === 'BFD down received'
}
