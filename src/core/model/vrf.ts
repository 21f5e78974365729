import type { HaveLink, WantLink } from './link.js'

/**
 * The VRF whose table a link's addresses are in; null is the default VRF. Only a direct member is in a VRF:
 * the kernel does not look through a bond or bridge (`l3mdev_fib_table_rcu()`, net/l3mdev/l3mdev.c).
 */
export function vrfOf(
  links: ReadonlyMap<string, WantLink | HaveLink>,
  { master }: Pick<WantLink | HaveLink, 'master'>,
): string | null {
  return master !== null && links.get(master)?.detail.kind === 'vrf' ? master : null
}
