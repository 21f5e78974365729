/**
 * How many announced routes FRR does not count towards `maximum-prefix-out`: the default route that it makes for the
 * neighbour (8.4 and 10.3 announce 61 routes with a limit of 60, `test/edge/frr/limiting-peers.test.ts`).
 */
export function uncounted(defaultOriginate: boolean): 0 | 1 {
  return defaultOriginate ? 1 : 0
}
