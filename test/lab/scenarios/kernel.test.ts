import t from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { kernelContract } from '../../support/kernel-contract.js'
import { realKernel } from '../../support/real-kernel.js'

// Two emulated processors, shared with others.
t.setTimeout(600_000)

const kernel = await openKernel()
t.teardown(() => kernel.close())

t.test('the real kernel does what demarc counts on', { timeout: 600_000 }, async (t) => {
  await kernelContract(t, realKernel(kernel))
})
