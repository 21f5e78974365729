import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { waitFor } from '../../support/process/wait.js'
import type { Netns } from '../topology/netns.js'

/** Pings that run beside a failure, one to each host; each is a flow of its own for equal-cost paths. */
export interface Flows {
  /** Waits until every host answers again and again, `settle` ms after `since` and later. */
  readonly steady: (since: number, within: number, settle?: number) => Promise<void>
  /** Waits until a host has not answered for `silence` ms. */
  readonly broken: (silence: number, within: number) => Promise<void>
  /** When the last of the hosts answered first after a time. */
  readonly firstReply: (since: number) => number
  /** What was lost since a time: packets of all flows, and the longest silence of one. */
  readonly lost: (since: number) => Loss
  readonly stop: () => Promise<void>
}

export interface Loss {
  readonly packets: number
  readonly longest: number
  /** Flows that lost any packet. */
  readonly flows: number
}

interface Reply {
  /** ms since the epoch. */
  readonly at: number
  readonly sequence: number
}

/** ms between two packets of a flow. */
const INTERVAL = 50
/** Replies in a row, none of them missing, that show a path. */
const STEADY = 15

export function startFlows(netns: Netns, from: string, hosts: readonly string[]): Flows {
  const flows = hosts.map((host) => startFlow(netns, from, host))
  return {
    async steady(since, within, settle = 0) {
      await waitFor('all hosts answer', () => flows.map(({ replies }) => tail(replies)), {
        until: (tails) => tails.every((first) => first > since + settle),
        within,
        every: 100,
      })
    },
    async broken(silence, within) {
      const quiet = () => flows.map(({ replies }) => Date.now() - (replies.at(-1)?.at ?? 0))
      const until = (all: readonly number[]) => all.some((ms) => ms > silence)
      await waitFor('a host does not answer', quiet, { until, within, every: 50 })
    },
    firstReply: (since) =>
      Math.max(
        ...flows.map(({ replies }) => replies.find(({ at }) => at >= since)?.at ?? Infinity),
      ),
    lost: (since) => sum(flows.map(({ replies }) => lossOf(replies, since))),
    async stop() {
      for (const { end } of flows) await end()
    },
  }
}

function startFlow(netns: Netns, from: string, host: string) {
  const replies: Reply[] = []
  const [program = 'env', ...inside] = netns.inside
  const words = ['ping', '-n', '-D', '-i', String(INTERVAL / 1000), '-I', from, host]
  const child = spawn(program, [...inside, ...words], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, seconds, sequence] = /^\[([\d.]+)\].* icmp_seq=(\d+) .*time=/.exec(line) ?? []
    if (sequence !== undefined) {
      replies.push({ at: Number(seconds) * 1000, sequence: Number(sequence) })
    }
  })
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { replies, end }
}

/** When the last replies without a gap began; 0: there are not enough. */
function tail(replies: readonly Reply[]): number {
  const [last, first] = [replies.at(-1), replies.at(-STEADY)]
  if (last === undefined || first === undefined) return 0
  return last.sequence - first.sequence === STEADY - 1 ? first.at : 0
}

function lossOf(replies: readonly Reply[], since: number): Loss {
  // The reply before the failure counts: the silence begins with it.
  const start = Math.max(
    replies.findLastIndex(({ at }) => at < since),
    0,
  )
  const steps = replies.slice(start + 1).map((reply, i) => {
    const before = replies[start + i] ?? reply
    return { packets: reply.sequence - before.sequence - 1, silence: reply.at - before.at }
  })
  const packets = steps.reduce((all, step) => all + Math.max(step.packets, 0), 0)
  const longest = Math.max(
    0,
    ...steps.filter((step) => step.packets > 0).map((step) => step.silence),
  )
  return { packets, longest: Math.round(longest), flows: packets > 0 ? 1 : 0 }
}

function sum(losses: readonly Loss[]): Loss {
  return {
    packets: losses.reduce((all, { packets }) => all + packets, 0),
    longest: Math.max(0, ...losses.map(({ longest }) => longest)),
    flows: losses.reduce((all, { flows }) => all + flows, 0),
  }
}
