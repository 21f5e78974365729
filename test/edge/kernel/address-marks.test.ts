import { test, type Test } from 'tap'
import { openAddressMarks } from '../../../src/agent/router/address-marks.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { netlinkSocket } from '../../../src/edge/kernel/netlink/socket.js'
import { PROTOCOL } from '../../../src/edge/kernel/netlink/uapi.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import {
  memoryMarks,
  recordMarks,
  type MarkRecord,
} from '../../../src/edge/kernel/read/mark-record.js'
import { mark } from '../../support/kernel/kernel-steps.js'
import { ip } from '../../support/kernel/real-kernel.js'

/*
 * The kernel of the lab, 6.1, does not take another protocol for an IPv4 address (scenarios kernel and adopt). Newer ones
 * may. Here the marks are recorded without asking the kernel, which is what a kernel that takes none makes of it.
 */

const name = `dm${process.pid % 100_000}`
const skip = process.getuid?.() === 0 ? false : 'needs root, to make a link'
const BY_HAND = '10.250.77.1/30'

type MarkStep = Parameters<typeof recordMarks>[1][number]
const marked = (to: number): MarkStep => mark(name, BY_HAND, to) as MarkStep

/** A port with one address that a person added. */
async function portWithAddress(t: Test, record: MarkRecord) {
  ip([`link add ${name} type veth peer name ${name}p`, `address add ${BY_HAND} dev ${name}`])
  t.teardown(() => ip([`link del ${name}`]))
  const kernel = await openKernel(record)
  const socket = netlinkSocket(PROTOCOL.ROUTE)
  t.teardown(() => {
    kernel.close()
    socket.close()
  })
  const held = async () => {
    const { links } = await kernel.read()
    const addresses = links.find((link) => link.name === name)?.addresses ?? []
    return addresses.filter(({ address }) => address === BY_HAND)
  }
  return { kernel, held, settle: (to: number) => recordMarks(socket, [marked(to)], record) }
}

const OWN = [{ address: BY_HAND, protocol: ADDRESS_PROTOCOL, owned: true }]
const FOREIGN = [{ address: BY_HAND, protocol: 0, owned: false }]

test('a mark that the kernel does not take ends with its address', { skip }, async (t) => {
  const record = memoryMarks()
  const { held, settle } = await portWithAddress(t, record)
  t.strictSame(await held(), FOREIGN)
  await settle(ADDRESS_PROTOCOL)
  t.match(record.all(), [{ address: BY_HAND, protocol: ADDRESS_PROTOCOL }])
  t.strictSame(await held(), OWN)
  await settle(0)
  t.strictSame(record.all(), [], 'the kernel itself has what was asked for')
  await settle(ADDRESS_PROTOCOL)
  // The time of creation has a resolution of 1/100 s.
  await new Promise((resolve) => setTimeout(resolve, 20))
  ip([`address del ${BY_HAND} dev ${name}`, `address add ${BY_HAND} dev ${name}`])
  t.strictSame(await held(), FOREIGN, 'the same address, added again by hand')
})

test('a mark that cannot be recorded is refused, and nothing stays of it', { skip }, async (t) => {
  const refusal = fault('STATE_UNWRITABLE', 'address-marks.json', 'the disk is full')
  const record: MarkRecord = {
    // As if the kernel had kept something else for every address.
    all: () => [{ index: 1, address: '127.0.0.9/8' as never, created: 1, protocol: 1 }],
    replace: () => Promise.reject(new FaultError(refusal)),
  }
  const { kernel, held } = await portWithAddress(t, record)
  const applied = await kernel.apply([
    { do: 'link-set', link: name as never, to: { up: true }, from: { up: false } },
    marked(ADDRESS_PROTOCOL),
    { do: 'link-set', link: name as never, to: { mtu: 1400 }, from: { mtu: 1500 } },
  ])
  t.match(applied, { done: 1, fault: refusal })
  t.strictSame(await held(), FOREIGN)
  const { links } = await kernel.read()
  t.match(
    links.find((link) => link.name === name),
    { up: true, mtu: 1500 },
  )
})

test('marks are read back after a restart, not after a reboot', { skip }, async (t) => {
  const files = await openStateFiles(t.testdir())
  const lines: unknown[] = []
  const disk = { files, log: { error: (line: unknown) => lines.push(line) } }
  const first = await openAddressMarks(disk, 'this-boot')
  const { settle, held } = await portWithAddress(t, first)
  await settle(ADDRESS_PROTOCOL)
  const again = await openAddressMarks(disk, 'this-boot')
  t.strictSame(again.all(), first.all())
  t.strictSame(await held(), OWN)
  t.strictSame((await openAddressMarks(disk, 'the next boot')).all(), [])

  await files.write('address-marks.json', '{"bootId":"this-boot","marks":[{"index":0}]}')
  t.strictSame((await openAddressMarks(disk, 'this-boot')).all(), [])
  t.match(lines, [{ event: 'state-set-aside', file: 'address-marks.json' }])
})
