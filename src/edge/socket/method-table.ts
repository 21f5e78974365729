import type * as z from 'zod'
import type { Result } from '../../core/base/result.js'

/** The methods that one side answers, each with the schemas of its parameters and its result. */
export type MethodTable = Readonly<
  Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>
>

/** What a caller passes, before defaults are filled in. */
export type CallParams<T extends MethodTable, M extends keyof T> = z.input<T[M]['params']>
/** What a caller gets, with defaults filled in. */
export type CallResult<T extends MethodTable, M extends keyof T> = z.output<T[M]['result']>

type Answer<R> = Result<R> | Promise<Result<R>>

/** Functions that answer the methods of a table; one that is left out is answered with METHOD_UNKNOWN. */
export type Handlers<T extends MethodTable> = {
  readonly [M in keyof T]?: (params: z.output<T[M]['params']>) => Answer<z.input<T[M]['result']>>
}
