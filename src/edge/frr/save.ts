import { fault, type Fault } from '../../core/base/fault.js'
import { faultOf, type Conversations } from './conversations.js'

/**
 * Makes the running configuration the one FRR starts with. Under Debian's `frr.service` watchfrr
 * writes `/etc/frr/frr.conf` for any member of the group frrvty; without watchfrr each daemon writes
 * its own file, which FRR reads when there is no `frr.conf`.
 */
export async function saveConfig(talk: Conversations): Promise<Fault | null> {
  try {
    const [reply] = await talk.ask('watchfrr', ['write integrated'])
    if (reply?.text.includes('[OK]') === true) return null
    return refusedToSave('watchfrr', reply?.text ?? '')
  } catch (error) {
    if (faultOf(error).code !== 'FRR_UNAVAILABLE') return faultOf(error)
  }
  return saveEach(talk)
}

async function saveEach(talk: Conversations): Promise<Fault | null> {
  for (const daemon of ['bgpd', 'bfdd'] as const) {
    try {
      const [reply] = await talk.ask(daemon, ['write file'])
      if (reply?.status !== 0) return refusedToSave(daemon, reply?.text ?? '')
    } catch (error) {
      const what = faultOf(error)
      if (daemon === 'bgpd' || what.code !== 'FRR_UNAVAILABLE') return what
    }
  }
  return null
}

function refusedToSave(daemon: string, words: string): Fault {
  const said = words.replace(/[^\x20-\x7e]+/g, ' ').trim()
  return fault(
    'FRR_REFUSED',
    daemon,
    `FRR's configuration is live but not saved, so a restart of FRR would lose it: ${said.slice(-300)}`,
  )
}
