import * as z from 'zod'
import { record } from '../../keyed/record.js'

/** A 64-bit counter; above 2^53 it is rounded to what a double holds. */
export const counter = (meaning: string) =>
  z.number().min(0).meta({ type: 'integer' }).describe(meaning)

/** What a port has counted. */
export const Counters = z.strictObject({
  inOctets: counter('Octets received.'),
  outOctets: counter('Octets sent.'),
  inPkts: counter('Packets received.'),
  outPkts: counter('Packets sent.'),
  inErrors: counter('Received frames with an error.'),
  outErrors: counter('Frames that could not be sent because of an error.'),
  inDiscards: counter('Received packets that were dropped without an error.'),
  outDiscards: counter('Packets that were dropped before they were sent, without an error.'),
})

const rate = (meaning: string) =>
  z.number().min(0).describe(`${meaning} a second; absent: none.`).exactOptional()

const utilization = (direction: string) =>
  z
    .number()
    .min(0)
    .describe(`Part of the capacity that is ${direction}, percent; absent: no capacity is known.`)
    .exactOptional()

/** How fast the counters of a link rise. */
export const Rates = z
  .strictObject({
    inBits: rate('Bits received'),
    outBits: rate('Bits sent'),
    inPkts: rate('Packets received'),
    outPkts: rate('Packets sent'),
    inErrors: rate('Received frames with an error'),
    outErrors: rate('Frames that could not be sent because of an error'),
    inDiscards: rate('Received packets that were dropped without an error'),
    outDiscards: rate('Packets that were dropped before they were sent, without an error'),
    inUtilization: utilization('received'),
    outUtilization: utilization('sent'),
  })
  .describe('Rates over the last half minute; absent: not known.')

const state = z
  .enum(['ANSWERS', 'SILENT', 'NEVER-ANSWERED', 'UNKNOWN'])
  .describe(
    'Whether the target answers; SILENT: it did, and no longer; NEVER-ANSWERED: not since demarc began to probe it; UNKNOWN: it is not measured.',
  )
const percent = (meaning: string) => z.number().min(0).max(100).describe(meaning).exactOptional()
const milliseconds = (meaning: string) => z.number().min(0).describe(`${meaning}, ms.`)

/** What the echo requests of one size came to. */
const measured = {
  state,
  lastAnswered: z.iso
    .datetime()
    .describe('When the last answer came; absent while it answers, ISO 8601 UTC.')
    .exactOptional(),
  loss10s: percent('Requests of the last 10 s without an answer, percent; absent: none were sent.'),
  loss60s: percent('Requests of the last 60 s without an answer, percent; absent: none were sent.'),
}

const RoundTrip = z.strictObject({
  min: milliseconds('The shortest'),
  avg: milliseconds('The mean'),
  max: milliseconds('The longest'),
})

const FullSize = z.strictObject({
  size: z.int().min(0).describe('Octets of the IP packet: the MTU of the attachment.'),
  ...measured,
})

const Target = z
  .strictObject({
    kind: z
      .enum(['NEIGHBOR', 'HOST'])
      .describe('A neighbour of the attachment, or a host that the intent names.'),
    ...measured,
    roundTripTime: RoundTrip.describe(
      'Time until the answers of the last 60 s came; absent: none came.',
    ).exactOptional(),
    fullSize: FullSize.describe(
      'The same with full-size packets that may not be fragmented; absent: they are not sent.',
    ).exactOptional(),
  })
  .describe('One address that is probed.')

/** The echo requests that an attachment sends again and again. */
export const ProbeHealth = z.strictObject({
  interval: z.int().min(1).describe('Seconds between two requests to a target.'),
  targets: record(z.string().describe('The address.'), Target).describe(
    'What is probed, keyed by address.',
  ),
})
