import type { AgentSettings } from '../../../core/config/settings.js'
import { receiveBmp, type BmpReceiver } from '../../../edge/bmp/receiver.js'
import type { Clock } from '../../../edge/host/clock.js'
import { limitedLog } from '../../../edge/host/limited-log.js'
import type { Log } from '../../../edge/host/log.js'
import type { PartialLooks } from './partial-looks.js'

export interface ReportedSessionsOptions {
  readonly settings: Pick<AgentSettings, 'frr'>
  readonly notified: { readonly onSessionEnd: PartialLooks['sessionEnd'] }
  readonly looks: { readonly requestTurn: (reason: string) => void }
  readonly clock: Clock
  readonly log: Log
}

/** Takes in what bgpd reports over BMP, where the settings want it; null: they do not. */
export function startReportedSessions(options: ReportedSessionsOptions): BmpReceiver | null {
  const { settings, notified, looks, clock, log } = options
  const place = settings.frr.bmp
  if (place === null) return null
  return receiveBmp({
    ...place,
    ...{ clock, log: limitedLog(log, clock) },
    onPeerDown: notified.onSessionEnd,
    onPeerUp: () => looks.requestTurn('session'),
  })
}
