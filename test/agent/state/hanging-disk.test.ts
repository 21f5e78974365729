import t from 'tap'
import { createLook, timelyTrouble } from '../../../src/agent/observer.js'
import { createDiskWatch } from '../../../src/agent/state/disk-watch.js'
import type { Fault } from '../../../src/core/base/fault.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { healthyRouter } from '../../support/agent/router-state.js'
import { manualClock } from '../../support/process/manual-clock.js'

const SILENT = { error: () => undefined, info: () => undefined }

t.test('a disk that hangs is reported, and delays no look by more than a second', async (t) => {
  const clock = manualClock()
  const open: ((found: Fault | null) => void)[] = []
  let hangs = true
  const trouble = (): Promise<Fault | null> =>
    hangs ? new Promise((resolve) => open.push(resolve)) : Promise.resolve(null)
  const events: string[] = []
  const disk = createDiskWatch(
    { trouble: timelyTrouble({ trouble }, '/var/lib/demarc', clock) },
    { router: 'r1', log: SILENT, onEvent: ({ severity }) => events.push(severity) },
  )
  const seen: RouterState[] = []
  const look = createLook(
    { progress: () => null },
    { observe: () => Promise.resolve(healthyRouter()) },
    { log: SILENT, disk, clock, onState: (state) => seen.push(state), onEnd: () => undefined },
  )

  const first = look(['interval'])
  await clock.advance(999)
  t.equal(seen.length, 0)
  await clock.advance(1)
  await first
  t.equal(seen.length, 1, 'the look goes on without the disk')
  await clock.advance(4000)
  await look(['interval'])
  t.equal(seen.length, 2, 'a later one does not wait at all')
  t.match(disk.faults(), [
    { code: 'STATE_UNWRITABLE', at: '/var/lib/demarc', message: /^the disk hangs: / },
  ])
  t.strictSame(events, ['warning'], 'once')

  hangs = false
  t.equal(open.length, 1, 'one question stays open')
  open[0]?.(null)
  await clock.advance(0)
  await look(['late'])
  t.strictSame([disk.faults(), events], [[], ['warning', 'ok']])
})
