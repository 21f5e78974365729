import type { HaveLink, WantLink } from '../../model/link.js'
import { kernelName } from '../../model/names.js'
import { isOurs } from '../../model/own-link.js'
import { foreignAddresses } from '../survey/link-index.js'
import { isShort } from './bond.js'
import { isInUse, type CascadingLedger } from './cascade.js'
import { REASONS, type Reason } from './impact.js'

/** Plans that a link without a master enters `master`. */
export function joinMaster(ledger: CascadingLedger, link: WantLink, master: string): void {
  const { want, have } = ledger.index
  const { name } = link
  const kind = want.get(master)?.detail.kind
  const current = have.get(name)
  const foreign = current === undefined ? [] : foreignAddresses(current)
  if (foreign.length > 0) {
    ledger.conflict(
      name,
      `${name} ${foreign.join(' ')}`,
      `is not demarc's and would be cut off in ${master}, which ${name} joins; remove the address`,
    )
  }
  if (kind === 'bond') return joinBond(ledger, name, master)
  if (kind === 'vrf') return joinVrf(ledger, name, master)
  ledger.set(name, { master: kernelName(master) }, REASONS.joinsBridge)
}

/** The kernel requires the port to be down, sets it up and gives it the bond's MTU (`bond_enslave()`). */
function joinBond(ledger: CascadingLedger, name: string, bond: string): void {
  for (const vlan of ledger.index.vlans.get(name) ?? []) {
    if (isOurs(vlan)) continue
    ledger.conflict(
      name,
      vlan.name,
      `is on ${name}, which joins ${bond}; demarc did not make it: remove it`,
    )
  }
  const reason: Reason = isInUse(ledger.index, name)
    ? { impact: 'link-flap', why: REASONS.joinsBond.why }
    : REASONS.joinsBond
  if (ledger.isUp(name)) ledger.setDown(name, reason)
  ledger.set(name, { master: kernelName(bond) }, reason)
  const mtu = ledger.state(bond)?.mtu ?? 1500
  ledger.assume(name, { up: true, mtu, mtuKnown: true })
}

function joinVrf(ledger: CascadingLedger, name: string, vrf: string): void {
  const reason = isInUse(ledger.index, name) ? REASONS.movesVrf : REASONS.idle
  changeVrf(ledger, name, vrf, reason)
}

/** Plans that a link leaves its master. */
export function leaveMaster(ledger: CascadingLedger, link: HaveLink, masterGoes: boolean): void {
  const { name } = link
  const master = link.master ?? ''
  const kind = ledger.index.have.get(master)?.detail.kind
  if (kind === 'vrf') return leaveVrf(ledger, link)
  if (kind !== 'bond') return ledger.set(name, { master: null }, REASONS.leavesBridge)
  const short = isShort(ledger.index, master)
  if (short) ledger.loseCarrier(master, REASONS.shortOfPorts)
  const reason = short || masterGoes ? REASONS.leavesShort : REASONS.leavesBond
  if (ledger.isUp(name)) ledger.setDown(name, reason)
  ledger.set(name, { master: null }, reason)
  ledger.assume(name, { mtuKnown: false })
}

function leaveVrf(ledger: CascadingLedger, link: HaveLink): void {
  const foreign = foreignAddresses(link)
  if (foreign.length > 0) {
    ledger.conflict(
      link.name,
      `${link.name} ${foreign.join(' ')}`,
      `is not demarc's, and ${link.name} would have to leave VRF ${link.master}; remove the address, or take ${link.name} out of the VRF`,
    )
  }
  changeVrf(ledger, link.name, null, REASONS.movesVrf)
}

/** The kernel takes a link that is up down and up when its VRF changes (`cycle_netdev()`). */
function changeVrf(
  ledger: CascadingLedger,
  name: string,
  vrf: string | null,
  reason: Reason,
): void {
  const change = () => ledger.set(name, { master: vrf === null ? null : kernelName(vrf) }, reason)
  if (ledger.isUp(name)) ledger.whileDown(name, reason, change)
  else change()
}
