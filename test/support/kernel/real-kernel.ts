import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { RULE_PRIORITY } from '../../../src/core/model/vrf.js'
import type { Kernel } from '../../../src/edge/kernel/kernel.js'
import type { KernelBench } from './kernel-contract.js'

/** Runs `ip` with one command a line; `strict` false passes over what fails. */
export function ip(lines: readonly string[], strict = true): void {
  const input = lines.map((line) => `${line}\n`).join('')
  const { status, stderr } = spawnSync('ip', ['-force', '-batch', '-'], { input, encoding: 'utf8' })
  if (strict && status !== 0) throw new Error(`ip -batch: ${stderr}`)
}

const GROUP = 77

/** The kernel of the lab's guest; makes and unmakes links with `ip`, as someone else would. */
export function realKernel(kernel: Kernel): KernelBench {
  // As demarc's own sysctl file sets it.
  writeFileSync('/proc/sys/net/ipv4/conf/all/promote_secondaries', '1')
  return {
    kernel,
    clear: async () => {
      const { links } = await kernel.read()
      const ours = links.filter(({ name, alias }) => isOurs(name, alias)).map(({ name }) => name)
      // All in one deletion: the kernel waits some 100 ms here for each.
      ip(
        [...ours.map((name) => `link set dev ${name} group ${GROUP}`), `link del group ${GROUP}`],
        false,
      )
      for (const family of ['-4', '-6']) {
        for (const priority of Object.values(RULE_PRIORITY)) {
          spawnSync('ip', [family, 'rule', 'del', 'priority', String(priority)])
        }
      }
      ip([
        'link add p0 mtu 1500 type veth peer name q0 mtu 9000',
        'link add p1 mtu 1500 type veth peer name q1 mtu 9000',
      ])
    },
  }
}

/** What the tests made: their two cables, and what stands on them or carries their label. */
function isOurs(name: string, alias: string | null): boolean {
  return name === 'p0' || name === 'p1' || alias?.startsWith('demarc test') === true
}
