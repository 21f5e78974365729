import t from 'tap'
import type { Applied } from '../../../src/edge/kernel/apply/apply.js'
import { fakeKernel, fakePort } from '../../support/kernel/fake-kernel.js'
import { kernelContract } from '../../support/kernel/kernel-contract.js'

t.test('the fake kernel does as a real one', async (t) => {
  let fake = fakeKernel()
  await kernelContract(t, {
    kernel: {
      read: () => fake.read(),
      apply: (steps): Promise<Applied> => fake.apply(steps),
    },
    clear: async () => {
      fake = fakeKernel([fakePort('p0'), fakePort('p1')])
    },
  })
})
