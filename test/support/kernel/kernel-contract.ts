import type { Test } from 'tap'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { VrfRules } from '../../../src/core/model/vrf.js'
import type { Kernel } from '../../../src/edge/kernel/kernel.js'
import { CASES, RULES, type Case } from './kernel-cases.js'

/** A kernel with two Ethernet ports, p0 and p1, that are down and have MTU 1500; no other links but lo. */
export interface KernelBench {
  readonly kernel: Pick<Kernel, 'read' | 'apply'>
  /** Back to the two ports. */
  readonly clear: () => Promise<void>
}

/** Run against the fake and against a real kernel, so that the fake cannot drift. */
export async function kernelContract(t: Test, bench: KernelBench): Promise<void> {
  for (const each of CASES) {
    await t.test(each.name, async (t) => {
      await bench.clear()
      await judge(t, bench.kernel, each)
    })
  }
}

async function judge(t: Test, kernel: KernelBench['kernel'], each: Case): Promise<void> {
  const given = await kernel.apply(each.given)
  t.equal(given.fault, null, 'what the case starts from is possible')
  const before = await view(kernel)
  const { done, fault } = await kernel.apply(each.when)
  const wanted = each.refused
  if (wanted === undefined) {
    t.strictSame({ done, fault }, { done: each.when.length, fault: null })
  } else {
    t.equal(fault?.code, 'KERNEL_REFUSED')
    t.match(fault?.message, wanted.errno)
    t.equal(done, wanted.at ?? each.when.length - 1, 'the step that was refused')
  }
  const after = await view(kernel)
  if (each.then !== undefined) t.match(after, each.then)
  if (each.gone !== undefined)
    for (const name of each.gone) t.notOk(name in after, `${name} is gone`)
  if (wanted !== undefined && done === 0) t.strictSame(after, before, 'nothing has changed')
}

type Seen = Pick<
  HaveLink,
  | 'detail'
  | 'alias'
  | 'mtu'
  | 'up'
  | 'master'
  | 'mac'
  | 'permanentMac'
  | 'sysctl'
  | 'bridgePort'
  | 'modes'
> & {
  readonly addresses: readonly string[]
}

/** What the contract speaks of: link-local addresses, carrier and MAC are the hardware's business. */
async function view(kernel: KernelBench['kernel']): Promise<Record<string, Seen | VrfRules>> {
  const { links, vrfRules } = await kernel.read()
  const seen = Object.fromEntries(
    links
      .filter(({ name }) => name !== 'lo')
      .map(({ name, detail, alias, mtu, up, master, mac, sysctl, addresses, ...more }) => [
        name,
        {
          detail,
          alias,
          mtu,
          up,
          master,
          mac,
          ...(more.permanentMac !== undefined && { permanentMac: more.permanentMac }),
          sysctl,
          ...(more.modes !== undefined && { modes: more.modes }),
          ...(more.bridgePort !== undefined && { bridgePort: more.bridgePort }),
          addresses: addresses
            .filter(({ address }) => !address.startsWith('fe80:'))
            .map(({ address, owned }) => `${address}${owned ? '' : ' foreign'}`)
            .sort(),
        },
      ]),
  )
  return { ...seen, [RULES]: vrfRules }
}
