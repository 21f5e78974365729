import { release } from 'node:os'
import t from 'tap'
import { kernelFault } from '../../../src/edge/host/facts/kernel-release.js'

t.test('a kernel that cannot mark addresses is refused by name', (t) => {
  for (const old of ['5.17.9', '5.10.0-32-amd64', '4.19', 'unknown', '']) {
    t.match(kernelFault(old), { code: 'PLATFORM_UNSUPPORTED', at: 'kernel', message: /5\.18/ }, old)
  }
  for (const young of ['5.18', '6.1.0-56-amd64', '6.12.48+deb13-cloud-amd64', release()]) {
    t.equal(kernelFault(young), null, young)
  }
  t.end()
})
