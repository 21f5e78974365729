import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { readRoutes } from '../../../src/agent/health/route-remarks.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { frrPrograms, startFrrAlone } from '../../support/frr/isolated-frr.js'
import { sweptWant } from '../../support/frr/sweep/baseline.js'
import { waitFor } from '../../support/process/wait.js'

/** iproute2 shows the kernel of the namespace that FRR is in. */
function kernelRoutes(file: string) {
  const found = JSON.parse(readFileSync(file, 'utf8')) as readonly {
    readonly dst: string
    readonly protocol: string
  }[]
  return found
    .filter(({ protocol }) => protocol === '186')
    .map(({ dst }) => ({ destination: dst.includes('/') ? dst : `${dst}/32`, table: 254 }))
}

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version} takes no notice of a route that says it is of BGP`, async (t) => {
    const alone = await startFrrAlone(program)
    t.teardown(alone.stop)
    const digest = sure(toSecretDigest('c'.repeat(32)))
    const { runDir } = alone
    const options = { runDir, conceal: () => digest, reveal: () => '', timeout: millis(20_000) }
    const frr = openFrr(options)
    t.teardown(frr.close)
    const file = join(runDir, 'routes.json')
    const shell = (words: string) => alone.shell(words)
    shell('ip link add br0 type bridge; ip link set br0 up; ip addr add 192.0.2.1/24 dev br0')
    for (const prefix of ['10.9.0.0/16', '198.51.100.7/32']) {
      shell(`ip route add ${prefix} dev br0 proto bgp`)
    }
    shell(`ip -N -j route show > ${file}.new; mv ${file}.new ${file}`)
    await waitFor('routes', () => existsSync(file), { until: (is) => is, within: 10 })
    const want = { links: [], bgp: sweptWant(100), routes: [] }
    const reads = { ...frr, bgpRoutes: async () => kernelRoutes(file) }
    const [v4, v6] = (await readRoutes(want, reads)).get('')?.counts ?? []
    t.match(v4, { known: 0, installed: 0, strangers: ['10.9.0.0/16', '198.51.100.7/32'] })
    t.match(v6, { known: 0, strangers: [] })
  })
}
