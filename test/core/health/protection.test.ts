import { test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { ProtectionCounts } from '../../../src/core/model/link.js'
import { healthyAttachment, healthyRouter } from '../../support/agent/router-state.js'

/** The router at a time, with what the limits of its attachment have dropped since they were set. */
function seen(dropped: ProtectionCounts['dropped'], macs = 0) {
  const limits = {
    macLimit: 512,
    controlFrames: 'DROP',
    broadcast: 20,
    unknownUnicast: 30,
  } as const
  const counts = { link: 'dl-par.100', macs, dropped }
  const attachment = healthyAttachment({ bridge: 'br0', protection: { limits, counts } })
  return healthyRouter({ attachments: [attachment], neighbors: [] })
}

/** Looks at the router at each time in turn; the messages of the attachment then. */
function looks(
  all: readonly (readonly [at: number, dropped: ProtectionCounts['dropped'], macs?: number])[],
) {
  let history = NO_HISTORY
  return all.map(([at, dropped, macs]) => {
    const assessed = assess(seen(dropped, macs), history, millis(at * 1000))
    history = assessed.history
    const verdict = assessed.verdicts.find(({ kind }) => kind === 'attachment')
    return verdict?.findings.map(({ message }) => message) ?? []
  })
}

const CONTROL =
  '3 control frames of our side (spanning tree, PVST+, CDP, VTP, LLDP or GVRP) were dropped lately before dl-par.100: switch these protocols off at the switches in br0, on the ports that lead to this router.'

test('dropped frames are said while they are new, and not those of before', async (t) => {
  const [first, at10, at30, at70, at140] = looks([
    [0, { controlFrames: 1000 }],
    [10, { controlFrames: 1003 }],
    [30, { controlFrames: 1003 }],
    [70, { controlFrames: 1003 }],
    [140, { controlFrames: 1003 }],
  ])
  t.strictSame(first, [], 'what was dropped before the first look is old')
  t.strictSame(at10, [CONTROL])
  t.strictSame(at30, [CONTROL], 'until a whole minute has passed without another')
  t.strictSame(at70, [CONTROL])
  t.strictSame(at140, [])
  const again = looks([
    [0, { controlFrames: 1000 }],
    [10, { controlFrames: 2 }],
    [20, { controlFrames: 5 }],
  ])
  t.strictSame(again, [[], [], [CONTROL]], 'limits that are set anew count from 0')
})

test('a storm names what was too much, and a full table how many it left out', async (t) => {
  const [, storm] = looks([
    [0, {}],
    [10, { broadcast: 99, unknownUnicast: 7 }],
  ])
  t.strictSame(storm, [
    'dl-par.100 dropped 99 broadcast frames above 20 a second, 7 unknown unicast frames above 30 a second of our side lately: find the loop or the host in br0 that sends them.',
  ])
  const [, full] = looks([
    [0, {}, 500],
    [10, { macLimit: 188 }, 512],
  ])
  t.strictSame(full, [
    'dl-par.100 sends from 512 MAC addresses of our side, and the limit is 512, and 188 frames of others were dropped lately: put a router before the hosts, or take hosts out of br0; an address is forgotten 5 minutes after its last frame.',
  ])
})
