import * as z from 'zod'
import { FAULT_LIMITS, FAULTS, type Fault, type FaultCode } from '../base/fault.js'
import { cutText, LIMITS, TEXT_LIMITS } from './limits.js'
import { openWord } from './message-fields.js'

/** The WebSocket subprotocol both ends must name. */
export const SUBPROTOCOL = 'demarc.v1'

/** The versions of the protocol inside it that this demarc speaks; docs/protocol.md says what a version means. */
export const PROTOCOLS: readonly number[] = [1]

/** The newest version that both sides speak; undefined: there is none. */
export function commonProtocol(offered: readonly number[]): number | undefined {
  const common = PROTOCOLS.filter((version) => offered.includes(version))
  return common.length === 0 ? undefined : Math.max(...common)
}

/** `1` or `1, 2`, for a sentence. */
export function protocolList(versions: readonly number[]): string {
  return versions.join(', ')
}

const faultCodes = Object.keys(FAULTS) as [FaultCode, ...FaultCode[]]

export const FaultShape = z
  .object({
    code: openWord(faultCodes, 'What kind of fault it is; docs/faults.md lists the codes.'),
    at: z
      .string()
      .max(FAULT_LIMITS.at)
      .describe('The place: a path in the document, a subject, a file or a program.'),
    message: z.string().max(FAULT_LIMITS.message).describe('What is wrong, for a person.'),
  })
  .describe('One refusal or failure.')

const Version = z.literal('2.0').describe('Version of JSON-RPC.')
const Id = z
  .union([z.string().max(64), z.int()])
  .describe('Chosen by the side that calls; the answer carries the same.')

/** A call that wants an answer (JSON-RPC 2.0 section 4). */
export const RequestFrame = z.object({
  jsonrpc: Version,
  id: Id,
  method: z.string().max(64),
  params: z.unknown().optional(),
})

/** A call that wants none (JSON-RPC 2.0 section 4.1). */
export const NotificationFrame = z.object({
  jsonrpc: Version,
  method: z.string().max(64),
  params: z.unknown().optional(),
})

export const ResultFrame = z.object({
  jsonrpc: Version,
  id: Id,
  result: z.unknown(),
})

/** The answer to a request that failed; `code` is one of {@link RPC_ERRORS}. */
export const ErrorFrame = z
  .object({
    jsonrpc: Version,
    id: Id.nullable().describe('Id of the request; null: the request could not be read.'),
    error: z
      .object({
        code: z.int().describe('Error code of JSON-RPC 2.0 section 5.1, or -32000 for a refusal.'),
        message: z.string().max(TEXT_LIMITS.sentence).describe('The first fault, in one sentence.'),
        data: z
          .object({
            faults: z.array(FaultShape).max(LIMITS.faultsPerAnswer).describe('What is wrong.'),
            more: z.int().min(0).describe('Number of faults beyond the limit.').default(0),
          })
          .describe('All faults.')
          .optional(),
      })
      .describe('Why the request failed.'),
  })
  .describe('The answer to a request that failed.')

/** The codes of JSON-RPC 2.0 section 5.1, and `refused` for everything that the fault table names. */
export const RPC_ERRORS = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
} as const

export type RequestFrame = z.output<typeof RequestFrame>
export type NotificationFrame = z.output<typeof NotificationFrame>
export type ResultFrame = z.output<typeof ResultFrame>
export type ErrorFrame = z.output<typeof ErrorFrame>
export type Frame = RequestFrame | NotificationFrame | ResultFrame | ErrorFrame

/** The answer to a refused call: at most {@link LIMITS.faultsPerAnswer} faults, the rest counted. */
export function errorFrame(
  id: RequestFrame['id'] | null,
  faults: readonly Fault[],
  kind: keyof typeof RPC_ERRORS = 'refused',
): ErrorFrame {
  const [first] = faults
  const message = first === undefined ? 'refused' : `${first.at}: ${first.message}`
  return {
    jsonrpc: '2.0',
    id,
    error: {
      code: RPC_ERRORS[kind],
      message: cutText(message, TEXT_LIMITS.sentence),
      data: {
        faults: faults.slice(0, LIMITS.faultsPerAnswer).map((fault) => ({
          code: fault.code,
          at: cutText(fault.at, FAULT_LIMITS.at),
          message: cutText(fault.message, FAULT_LIMITS.message),
        })),
        more: Math.max(0, faults.length - LIMITS.faultsPerAnswer),
      },
    },
  }
}
