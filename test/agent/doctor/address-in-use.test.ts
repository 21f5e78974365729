import { spawnSync } from 'node:child_process'
import t from 'tap'
import { measureLink } from '../../../src/agent/doctor/measure.js'
import { ladderOf } from '../../../src/core/health/ladder/ladder.js'
import { NOTHING_MEASURED } from '../../../src/core/health/ladder/terms.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { subjectsOf } from '../../../src/core/health/subjects.js'
import { millis } from '../../../src/core/base/time.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { probeAddress } from '../../../src/edge/host/measure/address-probe.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { QUIET_INSTRUMENTS } from '../../support/agent/local-agent.js'
import { healthyAttachment, healthyRouter } from '../../support/agent/router-state.js'
import { ip } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

/** Another machine on the VLAN has an address of the router: the real kernel, arping and ndisc6. */

const link = `dx${process.pid % 100_000}`
const far = `demarc-twin-${process.pid}`
const TWIN = '02:00:00:00:00:99'
const V4 = '198.18.8.2'
const V6 = '2001:db8:78::2'
const skip = process.getuid?.() === 0 ? false : 'needs root, for a network namespace'

t.test('an address in use by another machine fails the rung', { skip }, async (t) => {
  t.teardown(() => ip([`netns del ${far}`, `link del ${link}`], false))
  ip([
    `netns add ${far}`,
    `link add ${link} type veth peer name far0 address ${TWIN} netns ${far}`,
    `address add ${V4}/30 dev ${link}`,
    `address add ${V6}/64 dev ${link} nodad`,
    `link set ${link} up`,
  ])
  const inFar = (...words: readonly string[]) => spawnSync('ip', ['-n', far, ...words])
  inFar('link', 'set', 'far0', 'up')
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const attachment = healthyAttachment({ interface: link, addresses: [`${V4}/30`, `${V6}/64`] })
  const state = healthyRouter({ attachments: [attachment] })
  const subjects = subjectsOf(state, NO_HISTORY, millis(0))

  async function rung() {
    const { ports, askNeighbors } = kernel
    const instruments = {
      ...QUIET_INSTRUMENTS,
      ports,
      askNeighbors,
      probeAddress,
      clock: systemClock,
    }
    const measured = await measureLink(attachment, [], instruments)
    const ladder = ladderOf({ state, subjects }, attachment.name, {
      ...NOTHING_MEASURED,
      ...measured,
    })
    return ladder?.rungs.find((each) => each.rung === 'address')
  }

  t.match(await rung(), { state: 'ok' }, 'nobody else has them')
  for (const [own, length] of [
    [V4, 30],
    [V6, 64],
  ] as const) {
    inFar('address', 'add', `${own}/${length}`, 'dev', 'far0', 'nodad')
    const failed = await waitFor(`${own} is taken`, rung, {
      until: (found) => found?.state === 'failed',
      within: 20,
    })
    t.match(failed, { side: 'UNKNOWN' })
    t.match(failed?.text, `${own} of this router is in use by another host as well (${TWIN})`)
    inFar('address', 'del', `${own}/${length}`, 'dev', 'far0')
  }
})
