import { waitFor } from '../../../support/process/wait.js'
import { LAN_HOST, type ModeScene } from '../scene.js'

/** The octets of the headers of IPv4 and ICMP. */
const HEADERS = 28

/** Every host answers, with the longest packet as well; one octet more does not pass. */
export async function through(scene: ModeScene): Promise<string> {
  const { hosts, mtu } = scene.mode
  for (const host of hosts) {
    await waitFor(`${host} answers`, () => answers(scene, host, 56), {
      until: (isThrough) => isThrough,
      within: 60,
    })
    if (!answers(scene, host, mtu - HEADERS)) throw new Error(`${host} takes no ${mtu} octets`)
    if (answers(scene, host, mtu - HEADERS + 1))
      throw new Error(`${mtu + 1} octets pass to ${host}`)
  }
  const special = await scene.mode.special?.through?.(scene)
  const what = `${hosts.length} of ${hosts.length} hosts, ${mtu} octets`
  return [what, ...(special === undefined ? [] : [special])].join(', ')
}

export function answers({ core, mode }: ModeScene, host: string, size: number): boolean {
  const sized = ['-M', 'do', '-s', String(size)]
  try {
    core.run('ping', '-c', '1', '-W', '2', ...sized, '-I', mode.from ?? LAN_HOST, host)
    return true
  } catch {
    return false
  }
}
