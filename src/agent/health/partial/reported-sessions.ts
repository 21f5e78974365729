import type { AgentSettings } from '../../../core/config/settings.js'
import type { BmpPlace } from '../../../core/model/host-facts.js'
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

/** Where bgpd should report its sessions and does not; null: it does, or the settings do not want it. */
export function silentPlace(
  { frr: { bmp } }: ReportedSessionsOptions['settings'],
  receiver: Pick<BmpReceiver, 'isReporting'> | null,
): BmpPlace | null {
  return receiver === null || receiver.isReporting() ? null : bmp
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
