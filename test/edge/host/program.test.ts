import t from 'tap'
import { FAULTS, fault, type FaultCode } from '../../../src/core/base/fault.js'
import { aborted, EXIT, exitStatus } from '../../../src/edge/host/program.js'

const codes = Object.keys(FAULTS) as FaultCode[]

t.test('wrong settings and damaged state end a service for good', (t) => {
  for (const code of codes.filter((name) => name.startsWith('CONFIG_'))) {
    t.equal(exitStatus([fault(code, 'demarc.toml')]), EXIT.config, code)
  }
  t.equal(exitStatus([fault('STATE_DAMAGED', 'last-good.json')]), EXIT.config)
  t.end()
})

t.test('a fault that may pass never has the status of one that does not', (t) => {
  const final: readonly number[] = [EXIT.usage, EXIT.refused, EXIT.config]
  for (const code of codes.filter((name) => FAULTS[name].next === 'retry')) {
    t.notOk(final.includes(exitStatus([fault(code, 'x')])), code)
  }
  t.end()
})

t.test('the first fault decides, and no fault at all is still a failure', (t) => {
  t.equal(exitStatus([fault('CHANGE_BUSY', 'c1'), fault('BUG', 'x')]), EXIT.tryAgain)
  t.equal(exitStatus([]), EXIT.failed)
  t.end()
})

t.test('an abort is noticed before and after it happens', async (t) => {
  const stop = new AbortController()
  let noticed = false
  const waiting = aborted(stop.signal).then(() => (noticed = true))
  await Promise.resolve()
  t.notOk(noticed, 'it waits for the abort')
  stop.abort()
  await waiting
  t.ok(noticed)
  await t.resolves(aborted(stop.signal), 'at once where it is aborted already')
})
