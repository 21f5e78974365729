import { spawnSync } from 'node:child_process'
import { test } from 'tap'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { RULE_PRIORITY } from '../../../src/core/model/vrf.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { markRule, rule } from '../../support/kernel/kernel-steps.js'

const skip = process.getuid?.() === 0 ? false : 'needs root, to add a rule'

function clear(): void {
  for (const family of ['-4', '-6']) {
    for (const priority of [...Object.values(RULE_PRIORITY), 2001]) {
      spawnSync('ip', [family, 'rule', 'del', 'priority', String(priority)])
    }
  }
}

// Without a VRF the rule matches no packet of this machine.
test('the rule that closes VRFs is read as it was written', { skip }, async (t) => {
  clear()
  t.teardown(clear)
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const rules = async () => (await kernel.read()).vrfRules
  const apply = async (...steps: readonly KernelStep[]) => (await kernel.apply(steps)).fault
  t.strictSame(await rules(), { ipv4: 'absent', ipv6: 'absent' })
  t.equal(await apply(rule('add', 'ipv4'), rule('add', 'ipv6')), null)
  t.strictSame(await rules(), { ipv4: 'own', ipv6: 'own' })
  t.match(await apply(rule('add', 'ipv4')), { code: 'KERNEL_REFUSED', message: /EEXIST/ })
  t.equal(await apply(markRule('ipv4', 'foreign', 'own')), null)
  t.strictSame(await rules(), { ipv4: 'foreign', ipv6: 'own' })
  t.equal(await apply(markRule('ipv4', 'own', 'foreign'), rule('delete', 'ipv6')), null)
  t.strictSame(await rules(), { ipv4: 'own', ipv6: 'absent' })
  t.match(await apply(rule('delete', 'ipv6')), { code: 'KERNEL_REFUSED', message: /ENOENT/ })
  t.equal(await apply(rule('delete', 'ipv4')), null)

  const byHand = async (...words: readonly string[]) => {
    spawnSync('ip', ['rule', 'add', 'priority', '2001', ...words])
    const found = (await rules()).ipv4
    clear()
    return found
  }
  t.equal(await byHand('l3mdev', 'unreachable'), 'foreign', 'somebody else’s does the same')
  t.equal(await byHand('l3mdev', 'prohibit'), 'foreign')
  t.equal(
    await byHand('from', '10.0.0.0/8', 'l3mdev', 'unreachable'),
    'absent',
    'not for all packets',
  )
  t.equal(await byHand('fwmark', '7', 'l3mdev', 'unreachable'), 'absent')
  t.equal(await byHand('l3mdev'), 'absent', 'a look-up in the VRF’s table')
  t.equal(await byHand('unreachable'), 'absent', 'a rule for every packet is not of VRFs')
})
