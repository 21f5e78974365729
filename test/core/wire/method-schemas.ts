import type * as z from 'zod'
import { AGENT_METHODS, HUB_METHODS } from '../../../src/core/wire/messages.js'

/** The schemas of all parameters and results, by side, method and kind: `hub report.health params`. */
export const METHOD_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ...schemasOf('agent', AGENT_METHODS),
  ...schemasOf('hub', HUB_METHODS),
}

function schemasOf(
  side: string,
  methods: Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>,
): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(
    Object.entries(methods).flatMap(([name, { params, result }]) => [
      [`${side} ${name} params`, params],
      [`${side} ${name} result`, result],
    ]),
  )
}
