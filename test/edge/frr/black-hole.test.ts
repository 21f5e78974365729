import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import type { ProbeTarget } from '../../../src/core/model/probe.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { openProber, type Prober } from '../../../src/edge/probe/prober.js'
import { assessor } from '../../support/agent/monitor.js'
import {
  healthyAttachment,
  healthyNeighbor,
  healthyRouter,
} from '../../support/agent/router-state.js'
import { peerAddresses, startFrrBench } from '../../support/frr/frr-peer.js'
import { type FrrAlone, frrPrograms } from '../../support/frr/isolated-frr.js'
import { startBirdPeer } from '../../support/peer/bird-peer.js'
import { waitFor } from '../../support/process/wait.js'

/** A black hole behind a real session with BFD up: the far end keeps both and drops what it should forward. */

const [PEER] = peerAddresses(0)
/** In a prefix that BIRD announces, so that FRR has the route to it. */
const HOST = '10.5.0.1'

const target = (address: string): ProbeTarget => ({
  ...{ attachment: 'net-a', address, kind: address === PEER ? 'neighbor' : 'host' },
  ...{ vrf: null, source: null, interval: seconds(1), fullSize: null },
})
const TARGETS = [target(PEER), target(HOST)]

/** The real fping, in the network namespace of this FRR. */
function proberIn(t: Test, { runDir }: FrrAlone): Prober {
  const dir = t.testdir()
  const path = process.env['PATH'] ?? ''
  const find = `$(pgrep -o -f -- 'bgpd.* -i ${runDir}/bgpd.pid')`
  const script = `#!/bin/sh\nPATH='${path}'\nexec nsenter -t ${find} -n fping "$@"\n`
  writeFileSync(`${dir}/fping`, script, { mode: 0o755 })
  process.env['PATH'] = `${dir}:${path}`
  const prober = openProber(systemClock)
  t.teardown(() => {
    prober.stop()
    process.env['PATH'] = path
  })
  return prober
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    await startBirdPeer(alone)
    alone.shell(`nsenter -t $peer -n ip addr add ${HOST}/32 dev lo`)
    const lines = [
      ...['router bgp 65010', 'no bgp ebgp-requires-policy', `neighbor ${PEER} remote-as 65020`],
      ...[`neighbor ${PEER} timers connect 2`, `neighbor ${PEER} bfd`, 'exit'],
    ]
    t.equal(await frr.apply({ do: 'frr', daemon: 'bgpd', lines }), null)
    const prober = proberIn(t, alone)
    const router = assessor()
    const look = async () => {
      const [shown] = await frr.neighbors()
      const { targets } = prober.follow(TARGETS)
      const probe = { interval: seconds(1), targets }
      const neighbors = [healthyNeighbor({ ...shown, localAs: 65_010 })]
      const attachments = [healthyAttachment({ probe })]
      router.at(Math.floor(systemClock.now() / 1000), healthyRouter({ attachments, neighbors }))
      const findings = router.of('net-a')?.findings.map(({ message }) => message) ?? []
      return { bfd: shown?.bfd?.sessionState, states: targets.map(({ state }) => state), findings }
    }
    await waitFor('all is well', look, {
      until: ({ bfd, states }) => bfd === 'up' && states.every((state) => state === 'answers'),
      within: 60,
    })
    const began = systemClock.now()
    alone.shell(`nsenter -t $peer -n ip addr del ${HOST}/32 dev lo`)
    const { bfd, findings } = await waitFor('the finding', look, {
      until: (found) => found.findings.length > 0,
      within: 60,
    })
    t.comment(`found ${Math.round(systemClock.now() - began)} ms after the first dropped packet`)
    t.equal(bfd, 'up')
    t.match(findings[0], /^No answer through net-a from 10\.5\.0\.1 .* is established with BFD up/)
  })
}
