import { spawnSync } from 'node:child_process'
import { test } from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { ip } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

const near = `dn${process.pid % 100_000}`
const other = `do${process.pid % 100_000}`
const far = `demarc-neighbors-${process.pid}`
const skip = process.getuid?.() === 0 ? false : 'needs root, for a network namespace'

test('hosts on a link are asked, and their routes looked up', { skip }, async (t) => {
  t.teardown(() => {
    ip([`netns del ${far}`, `link del ${near}`, `link del ${other}`], false)
  })
  ip([
    `netns add ${far}`,
    `link add ${near} type veth peer name far0 netns ${far}`,
    `link add ${other} type veth peer name far1 netns ${far}`,
    `address add 198.18.7.1/24 dev ${near}`,
    `address add 2001:db8:77::1/64 dev ${near} nodad`,
    `link set ${near} up`,
    `link set ${other} up`,
  ])
  const inFar = (...words: readonly string[]) => spawnSync('ip', ['-n', far, ...words])
  inFar('address', 'add', '198.18.7.2/24', 'dev', 'far0')
  inFar('address', 'add', '2001:db8:77::2/64', 'dev', 'far0', 'nodad')
  inFar('link', 'set', 'far0', 'up')
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const v4 = { address: '198.18.7.2', link: near }
  const v6 = { address: '2001:db8:77::2', link: near }
  const nobody = { address: '198.18.7.99', link: near }
  const state = async (address: string) =>
    (await kernel.neighbors()).find((entry) => entry.address === address && entry.link === near)
      ?.state

  // The far link takes a moment to come up.
  const resolved = await waitFor('both answer', async () => kernel.askNeighbors([v4, v6]), {
    until: ({ length }) => length === 2,
    within: 20,
  })
  t.strictSame(resolved, [v4, v6], 'without an entry they are resolved')
  ip([`neigh change 198.18.7.2 dev ${near} nud stale`])
  t.equal(await state('198.18.7.2'), 'stale')
  t.strictSame(await kernel.askNeighbors([v4, nobody]), [v4], 'a stale entry is no loss')
  t.equal(await state('198.18.7.2'), 'reachable')
  t.strictSame(
    (await kernel.unresolved()).filter(({ link }) => link === near),
    [nobody],
  )
  t.strictSame(await kernel.askNeighbors([{ address: '198.18.7.2', link: 'nope0' }]), [])

  t.ok((await kernel.leadsTo(v4)) && (await kernel.leadsTo(v6)))
  t.ok(await kernel.leadsTo({ address: 'fe80::1', link: near }))
  ip([
    `address add 198.18.7.9/25 dev ${other}`,
    `address add 2001:db8:77::9/125 dev ${other} nodad`,
  ])
  t.notOk(await kernel.leadsTo(v4), 'a more specific subnet has taken it')
  t.notOk(await kernel.leadsTo({ address: '2001:db8:77::a', link: near }))

  inFar('link', 'set', 'far0', 'down')
  t.strictSame(await kernel.askNeighbors([v4, v6]), [], 'an entry of before proves nothing')
})
