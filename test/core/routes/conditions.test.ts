import t from 'tap'
import type { Community } from '../../../src/core/model/bgp.js'
import { conditionsOf } from '../../../src/core/routes/conditions.js'
import { NO_IMPORT } from '../../support/frr/bgp-instance.js'

/** What refuses routes besides their prefix, in words. */

const one = (as: number) => ({ low: as, high: as })

t.test('each filter has its words, and there are none without one', (t) => {
  t.strictSame(conditionsOf(NO_IMPORT), [])
  const asPaths = {
    without: [{ low: 64512, high: 65534 }, one(23456)],
    startingWith: [one(200350)],
    originatedBy: [],
    maxLength: 5,
  }
  const communities = ['1:1', '1:2', '1:3', '1:4'] as readonly string[] as readonly Community[]
  t.strictSame(conditionsOf({ ...NO_IMPORT, asPaths, matchCommunities: communities }), [
    'a path without AS 64512-65534 or 23456',
    'a path that begins with AS 200350',
    'a path of at most 5 AS numbers',
    'the community 1:1 or 1:2 or 1:3 and 1 more',
  ])
  t.end()
})
