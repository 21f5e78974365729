import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { joinPeerNamespace, peerAddresses } from '../frr/frr-peer.js'
import type { FrrAlone } from '../frr/isolated-frr.js'
import { isListening } from '../process/listening.js'
import { waitFor } from '../process/wait.js'

/** A provider's router that ends the session above a number of routes, beside the FRR under test. */
export interface LimitingPeer {
  /** Its subnet is 10.0.N.0/30, its own address the first host. */
  readonly number: number
  readonly peerAs: number
  readonly limit: number
}

/** What BIRD has of the FRR under test. */
export interface BirdRoutes {
  readonly routes: number
  readonly hasDefault: boolean
}

/** Starts a program in a network namespace of its own, joined to the FRR under test by a veth pair. */
function startBeside(alone: FrrAlone, number: number, command: string): void {
  joinPeerNamespace(alone, number)
  alone.shell(`nsenter -t $peer -n ${command} &`)
}

function directory({ runDir }: FrrAlone, number: number): string {
  const dir = join(runDir, `peer${number}`)
  mkdirSync(dir)
  return dir
}

/**
 * BIRD 2, with `import limit N action disable`. The answer says how many routes it has; FRR's own count of what it sent
 * says nothing of what it did not withdraw.
 */
export async function startLimitingBird(
  alone: FrrAlone,
  { number, peerAs, limit }: LimitingPeer,
): Promise<() => Promise<BirdRoutes>> {
  const dir = directory(alone, number)
  const [peer, own] = peerAddresses(number)
  const config = `
router id ${peer};
protocol device { scan time 1; }
protocol bgp provider {
  local ${peer} as ${peerAs};
  neighbor ${own} as 65010;
  connect delay time 1; error wait time 1, 2; connect retry time 2; hold time 9;
  ipv4 { import all; export none; import limit ${limit} action disable; };
}
`
  writeFileSync(join(dir, 'bird.conf'), config)
  const control = join(dir, 'bird.ctl')
  startBeside(alone, number, `bird -f -c ${dir}/bird.conf -s ${control} > ${dir}/bird.log 2>&1`)
  const answers = () => isListening({ path: control })
  await waitFor('bird starts', answers, { until: Boolean, within: 20, every: 50 })
  const file = join(dir, 'count')
  return async () => {
    rmSync(file, { force: true })
    for (const words of ['count', '0.0.0.0/0']) {
      alone.shell(`birdc -r -s ${control} show route ${words} >> ${file}.new`)
    }
    alone.shell(`mv ${file}.new ${file}`)
    await waitFor('bird counts', () => existsSync(file), { until: Boolean, within: 30, every: 20 })
    const text = readFileSync(file, 'utf8')
    const [, count] = /^(\d+) of /m.exec(text) ?? []
    return { routes: Number(count), hasDefault: /^0\.0\.0\.0\/0 /m.test(text) }
  }
}

/** GoBGP, with a prefix limit. */
export async function startLimitingGobgp(
  alone: FrrAlone,
  { number, peerAs, limit }: LimitingPeer,
): Promise<void> {
  const dir = directory(alone, number)
  const [peer, own] = peerAddresses(number)
  const config = `
[global.config]
  as = ${peerAs}
  router-id = "${peer}"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${own}"
    peer-as = 65010
  [neighbors.transport.config]
    local-address = "${peer}"
  [neighbors.timers.config]
    connect-retry = 2
    idle-hold-time-after-reset = 1
    hold-time = 9
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.prefix-limit.config]
      max-prefixes = ${limit}
      shutdown-threshold-pct = 80
`
  writeFileSync(join(dir, 'gobgpd.toml'), config)
  const log = join(dir, 'gobgpd.log')
  startBeside(alone, number, `gobgpd -t toml -f ${dir}/gobgpd.toml > ${log} 2>&1`)
  await waitFor('gobgpd starts', () => existsSync(log), { until: Boolean, within: 20, every: 50 })
}
