import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isListening } from '../process/listening.js'
import { waitFor } from '../process/wait.js'
import { joinPeerNamespace } from '../frr/frr-peer.js'
import type { FrrAlone } from '../frr/isolated-frr.js'

/** What of the peer a test changes. */
export interface BirdTerms {
  readonly as?: number
  /** The AS that it expects of the FRR under test. */
  readonly expects?: number
  /** It opens no connection of its own. */
  readonly isPassive?: boolean
  /** Inside of its IPv4 channel, such as `import limit 1 action disable;`. */
  readonly channel?: string
}

export interface BirdPeer {
  readonly configure: (terms: BirdTerms) => void
  /** Runs a command of birdc. */
  readonly command: (words: string) => void
}

/** BIRD with BFD at 10.0.0.1, joined to the FRR under test, which is at 10.0.0.2 with AS 65010. Its session is `up`. */
export async function startBirdPeer(alone: FrrAlone): Promise<BirdPeer> {
  const dir = join(alone.runDir, 'bird')
  mkdirSync(dir)
  const [file, socket] = [join(dir, 'bird.conf'), join(dir, 'bird.ctl')]
  writeFileSync(file, configuration({}))
  joinPeerNamespace(alone, 0)
  alone.shell(`nsenter -t $peer -n bird -f -c ${file} -s ${socket} 2> ${dir}/bird.log &`)
  const answers = () => isListening({ path: socket })
  await waitFor('BIRD starts', answers, { until: Boolean, within: 20, every: 50 })
  const command = (words: string): void => alone.shell(`birdc -s ${socket} ${words}`)
  return {
    command,
    configure(terms) {
      writeFileSync(file, configuration(terms))
      command('configure')
    },
  }
}

function configuration(terms: BirdTerms): string {
  const { as = 65_020, expects = 65_010, isPassive = false, channel = '' } = terms
  return `
log stderr all;
router id 10.0.0.1;
protocol device {}
protocol bfd { interface "w0" { interval 300 ms; multiplier 6; }; }
protocol static { ipv4; route 10.5.0.0/24 blackhole; route 10.6.0.0/24 blackhole; }
protocol bgp up {
  local 10.0.0.1 as ${as};
  neighbor 10.0.0.2 as ${expects};
  passive ${isPassive ? 'on' : 'off'}; bfd on; hold time 9; keepalive time 3;
  connect delay time 1; connect retry time 2; error wait time 1, 2;
  ipv4 { import all; export all; ${channel} };
}
`
}
