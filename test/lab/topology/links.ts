import { run } from '../../support/process/command.js'
import type { Netns } from './netns.js'

/** One end of a fibre or veth pair. */
export interface End {
  readonly netns: Netns
  readonly name: string
}

/** Connects two ends with a virtual fibre and its two optical modules. */
export function connectFibre(a: End, b: End, speed: '10g' | '1g' = '10g'): void {
  run('vfiber', 'pair', a.name, b.name, '--speed', speed)
  moveToNetns(a)
  moveToNetns(b)
}

/** Connects two ends with a veth pair, which has no optics. */
export function connectVeth(a: End, b: End): void {
  run('ip', 'link', 'add', a.name, 'type', 'veth', 'peer', 'name', b.name)
  moveToNetns(a)
  moveToNetns(b)
}

function moveToNetns(end: End): void {
  if (end.netns.name !== 'host') run('ip', 'link', 'set', end.name, 'netns', end.netns.name)
}

/** Creates an 802.3ad bond with fast LACPDUs and its members, and sets it up. */
export function makeBond(netns: Netns, name: string, members: readonly string[]): void {
  netns.run(
    ...['ip', 'link', 'add', name, 'type', 'bond', 'mode', '802.3ad'],
    ...['lacp_rate', 'fast', 'miimon', '100', 'xmit_hash_policy', 'layer3+4'],
  )
  for (const member of members) {
    netns.run('ip', 'link', 'set', member, 'down')
    netns.run('ip', 'link', 'set', member, 'master', name)
  }
  netns.run('ip', 'link', 'set', name, 'up')
}

/** Creates a VLAN with its addresses and sets it up. */
export function makeVlan(
  netns: Netns,
  parent: string,
  vlanId: number,
  addresses: readonly string[],
) {
  const name = `${parent}.${vlanId}`
  netns.run('ip', 'link', 'add', name, 'link', parent, 'type', 'vlan', 'id', String(vlanId))
  netns.run('ip', 'link', 'set', name, 'up')
  for (const address of addresses) netns.run('ip', 'address', 'add', address, 'dev', name, 'nodad')
}
