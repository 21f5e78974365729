import { fault, type Fault } from '../base/fault.js'
import type { HaveLink } from '../model/link.js'
import type { ConfigTree, Have } from '../model/plan.js'

/**
 * Every way in which `after` is not configured as `before` was. Indexes, carrier and MAC addresses
 * are the kernel's own business and do not count.
 */
export function notRestored(before: Have, after: Have): readonly Fault[] {
  return [
    ...linkFaults(before.links, after.links),
    ...treeFaults('bgpd', before.frr.bgpd ?? [], after.frr.bgpd ?? []),
    ...treeFaults('bfdd', before.frr.bfdd ?? [], after.frr.bfdd ?? []),
  ]
}

function linkFaults(before: readonly HaveLink[], after: readonly HaveLink[]): readonly Fault[] {
  const now = new Map(after.map((link) => [link.name, link]))
  const then = new Set(before.map((link) => link.name))
  const left = after.filter((link) => !then.has(link.name))
  return [
    ...before.flatMap((link) => {
      const found = now.get(link.name)
      if (found === undefined) return [fault('READ_BACK', link.name, 'it is gone')]
      const was = facts(link)
      const is = facts(found)
      return was === is ? [] : [fault('READ_BACK', link.name, `it was ${was} and is ${is}`)]
    }),
    ...left.map((link) => fault('READ_BACK', link.name, 'it was not there before')),
  ]
}

function facts(link: HaveLink): string {
  const addresses = link.addresses.map((one) => `${one.address}${one.owned ? '' : ' foreign'}`)
  return JSON.stringify({
    detail: link.detail,
    alias: link.alias,
    mtu: link.mtu,
    up: link.up,
    master: link.master,
    addresses: addresses.filter((one) => !one.startsWith('fe80:')).sort(),
    sysctl: link.sysctl,
  })
}

function treeFaults(daemon: string, before: ConfigTree, after: ConfigTree): readonly Fault[] {
  const then = flat(before, '')
  const now = flat(after, '')
  return [
    ...[...then].filter((line) => !now.has(line)).map((line) => readBack(daemon, line, 'is gone')),
    ...[...now].filter((line) => !then.has(line)).map((line) => readBack(daemon, line, 'is left')),
  ]
}

function readBack(daemon: string, line: string, what: string): Fault {
  return fault('READ_BACK', daemon, `"${line}" ${what}`)
}

function flat(tree: ConfigTree, above: string): ReadonlySet<string> {
  return new Set(
    tree.flatMap((node) => {
      const path = above === '' ? node.line : `${above} / ${node.line}`
      return [path, ...flat(node.children, path)]
    }),
  )
}
