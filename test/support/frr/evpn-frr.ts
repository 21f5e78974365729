import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../process/wait.js'
import { ALONE_DAEMONS, type FrrAlone, type FrrProgram } from './isolated-frr.js'

/** The VRF that has the L3VNI. */
export const EVPN_VRF = 'blue'
const EVPN_VNI = 5000

/** An FRR whose zebra takes network namespaces for VRFs, so that no kernel module for VRFs is needed. */
export interface EvpnProgram {
  readonly program: FrrProgram
  /** Makes the VRF with its L3VNI: it needs a bridge, and a VXLAN link that came from zebra's own namespace. */
  readonly prepare: (alone: FrrAlone) => Promise<void>
  readonly close: () => void
}

export function evpnProgram(program: FrrProgram): EvpnProgram {
  const run = mkdtempSync(join(tmpdir(), 'evpn-'))
  for (const dir of ['netns', 'frr', 'etc']) mkdirSync(join(run, dir))
  const config = `vrf ${EVPN_VRF}\nvni ${EVPN_VNI}\nexit-vrf\n`
  writeFileSync(join(run, 'etc/zebra.conf'), config)
  const own = [
    { from: run, to: '/run' },
    { from: join(run, 'etc'), to: '/etc/frr' },
  ]
  return {
    program: {
      ...program,
      mounts: [...program.mounts, ...own],
      words: (daemon) => [...program.words(daemon), ...(daemon === 'zebra' ? ['-n'] : [])],
    },
    async prepare({ shell, runDir, kill, start }) {
      shell(`ip netns add ${EVPN_VRF}`)
      const inside = `ip -n ${EVPN_VRF}`
      shell(`ip link add vx0 type vxlan id ${EVPN_VNI} dstport 4789 local 127.0.0.1 nolearning`)
      shell(`ip link set vx0 netns ${EVPN_VRF}`)
      shell(`${inside} link set lo up; ${inside} link add br0 type bridge`)
      shell(`${inside} link set br0 up; ${inside} link set vx0 master br0 up`)
      shell(`${inside} addr add 192.0.2.1/24 dev br0`)
      shell(`touch ${run}/ready`)
      await exists(join(run, 'ready'))
      // zebra reads its file, and takes what mgmtd has, when it starts. The others start anew too: a bfdd that loses its
      // zebra while it starts may end.
      for (const daemon of ALONE_DAEMONS) await kill(daemon)
      writeFileSync(join(runDir, 'zebra.conf'), config)
      if (program.version !== '8.4') {
        shell(`${mgmtd(program, runDir)} &`)
        await exists(join(run, 'frr/mgmtd_be.sock'))
      }
      for (const daemon of ALONE_DAEMONS) await start(daemon)
    },
    close: () => rmSync(run, { recursive: true, force: true }),
  }
}

function exists(file: string): Promise<boolean> {
  return waitFor(`${file} is there`, () => existsSync(file), { until: (is) => is, within: 20 })
}

/** From FRR 10 on, mgmtd has the line, and reads it from the file of zebra's configuration. */
function mgmtd({ words }: FrrProgram, runDir: string): string {
  const line = words('zebra').map((word) => word.replace(/\/zebra$/, '/mgmtd'))
  const places = [
    `--vty_socket ${runDir}`,
    `-i ${runDir}/mgmtd.pid`,
    `--log file:${runDir}/mgmtd.log`,
  ]
  return [...line, '-u root -g root', ...places].join(' ')
}
