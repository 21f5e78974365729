import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millis, seconds } from '../../../src/core/base/time.js'
import type { WantLink } from '../../../src/core/model/link.js'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import { isKernelStep, type Have, type Step, type Want } from '../../../src/core/model/plan.js'
import { planRouter, type RouterTerms } from '../../../src/core/router/plan.js'
import { planRestore } from '../../../src/core/router/restore.js'
import { at, attachment, done, want } from '../../core/links/link-bench.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { makePeerNamespace, openBench } from '../../support/frr/frr-peer.js'
import { frrPrograms, startFrrAlone, type FrrAlone } from '../../support/frr/isolated-frr.js'
import { fakeKernel, PLAIN_SYSCTL } from '../../support/kernel/fake-kernel.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * A session with BFD whose attachment moves to another link: real FRR, and BIRD at the far end. Each VLAN is a veth pair of its
 * name, because not every kernel of a test machine has VLANs.
 */

t.jobs = 2

const PEER = '10.0.1.1'
const BFD: BgpNeighbor['bfd'] = {
  desiredMinimumTxInterval: 50,
  requiredMinimumReceive: 50,
  detectionMultiplier: 3,
  strict: false,
}

const PUSHED: RouterTerms = {
  established: new Map(),
  drain: seconds(0),
  hubPath: new Set(),
  adopt: false,
  paths: { routes: [], hosts: [] },
}

const BIRD = `
router id 10.0.1.1;
protocol device { scan time 1; }
protocol direct { ipv4; }
protocol bfd { interface "*" { interval 50 ms; multiplier 3; }; }
protocol bgp { local 10.0.1.1 as 64512; neighbor 10.0.1.2 as 65010; direct; bfd; hold time 30;
  connect delay time 1; connect retry time 1; error wait time 1, 2; ipv4 { import all; export none; }; }
`

/** The attachment on this VLAN, and its neighbour. */
function wanted(vlanId: number, bfd: BgpNeighbor['bfd'] = BFD): Want {
  const link = attachment('net-a', 'p1', vlanId, { addresses: [at('10.0.1.2/30')] })
  const neighbor = plainNeighbor(PEER, { bfd, connectRetry: 2 })
  return { links: [want('p1'), link], bgp: [plainInstance(neighbor)], routes: [] }
}

/** A router whose links are planned on a fake kernel and made as veth pairs in the namespace of a real FRR. */
function openRouter(alone: FrrAlone) {
  const frr = openBench(alone.runDir)
  const kernel = fakeKernel([done(want('p1'))])
  const have = async (): Promise<Have> => ({
    ...{ links: kernel.links(), sysctlDefaults: PLAIN_SYSCTL, frr: await frr.read() },
  })

  async function run(command: string): Promise<void> {
    const file = join(alone.runDir, 'done')
    rmSync(file, { force: true })
    alone.shell(`${command}; touch ${file}`)
    await waitFor('the command ends', () => existsSync(file), {
      until: Boolean,
      within: 30,
      every: 10,
    })
  }
  async function take(step: Step): Promise<void> {
    if (step.do === 'frr-wait') throwIf(await frr.wait(step, millis(10_000)))
    else if (step.do === 'frr') throwIf(await frr.apply(step))
    else if (isKernelStep(step)) {
      throwIf(kernel.applyNow(step))
      await run(shellOf(step))
    }
  }
  async function apply(steps: readonly { readonly step: Step }[]): Promise<void> {
    for (const { step } of steps) await take(step)
  }
  async function planned(next: Want, terms?: RouterTerms) {
    const plan = planRouter(next, await have(), terms)
    if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
    await apply(plan.value.steps)
    return plan.value.steps.map(({ step }) => step)
  }
  async function push(next: Want) {
    const before = await have()
    const steps = await planned(next, PUSHED)
    const restore = async () => {
      await apply(planRestore(before, steps, () => true)(await have()).plan.steps)
    }
    return { restore }
  }
  const neighbor = async () => (await frr.neighbors())[0]
  /** Somebody took the link away. */
  function lose(link: WantLink | undefined): void {
    if (link !== undefined) throwIf(kernel.applyNow({ do: 'link-delete', link }))
  }
  return { frr, push, repair: (next: Want) => planned(next), lose, neighbor, run }
}

function throwIf(fault: { readonly message: string } | null): void {
  if (fault !== null) throw new Error(fault.message)
}

/** The commands of a step. The far end of a new link gets the address of the peer, which it takes from the old one. */
function shellOf(step: Step): string {
  switch (step.do) {
    case 'link-add': {
      const [name, far] = [step.link.name, step.link.name.replace('p1', 'far')]
      const inside = `ip address flush to ${PEER}; ip address add ${PEER}/30 dev ${far}; ip link set ${far} up`
      return [
        `ip link add ${name} type veth peer name ${far}; ip link set ${far} netns $peer`,
        `nsenter -t $peer -n sh -c "${inside}"; ip link set ${name} up`,
      ].join('; ')
    }
    case 'link-delete':
      return `ip link delete ${step.link.name}`
    case 'address-add':
    case 'address-delete':
      return `ip address ${step.do === 'address-add' ? 'add' : 'delete'} ${step.address} dev ${step.link}`
    default:
      return ':'
  }
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 200_000 }, async (t) => {
    const alone = await startFrrAlone(program)
    const router = openRouter(alone)
    t.teardown(async () => {
      router.frr.close()
      await alone.stop()
    })
    writeFileSync(join(alone.runDir, 'bird.conf'), BIRD)
    makePeerNamespace(alone)
    alone.shell('nsenter -t $peer -n ip link set lo up')
    alone.shell(
      `nsenter -t $peer -n bird -f -c ${alone.runDir}/bird.conf -s ${alone.runDir}/bird.ctl &`,
    )

    const { neighbor, push, repair, run } = router
    const up = () =>
      waitFor('the session and its BFD are up', neighbor, {
        until: (now) => now?.sessionState === 'Established' && now.bfd?.sessionState === 'up',
        ...{ within: 40, every: 200 },
      })
    const isUp = async () => (await up())?.bfd?.sessionState

    await push(wanted(100))
    t.equal(await isUp(), 'up')

    await t.test('somebody deletes the link, and the repair makes it again', async (t) => {
      await run('ip link delete p1.100')
      router.lose(wanted(100).links[1])
      t.notMatch(JSON.stringify(await repair(wanted(100))), /neighbor/)
      t.equal(await isUp(), 'up')
    })

    await t.test('the attachment moves to another VLAN, and back by a rollback', async (t) => {
      const moved = await push(wanted(200))
      t.equal(await isUp(), 'up')
      await moved.restore()
      t.equal(await isUp(), 'up')
    })

    await t.test('BFD comes with the move', async (t) => {
      await push(wanted(100, null))
      await push(wanted(200))
      t.equal(await isUp(), 'up')
    })
  })
}
