import { test } from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { ip } from '../../support/kernel/real-kernel.js'

const name = `da${process.pid % 100_000}`
const skip = process.getuid?.() === 0 ? false : 'needs root, to make a link'

test('alternative names are read with their link', { skip }, async (t) => {
  ip([
    `link add ${name} type veth peer name ${name}p`,
    `link property add dev ${name} altname ${name}-a-name-longer-than-fifteen`,
    `link property add dev ${name} altname ${name}b`,
  ])
  t.teardown(() => ip([`link del ${name}`]))
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const { links } = await kernel.read()
  const found = links.find((link) => link.name === name)
  t.strictSame(found?.altNames, [`${name}-a-name-longer-than-fifteen`, `${name}b`])
  t.equal(links.find((link) => link.name === `${name}p`)?.altNames, undefined)
  t.equal(found?.lower, `${name}p`, 'the peer is what a veth is on')
})
