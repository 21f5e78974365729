import type * as z from 'zod'
import type { Result } from '../../core/base/result.js'

/** Methods one side answers, with the shapes of what goes in and comes out. */
export type MethodTable = Readonly<
  Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>
>

/** What a caller passes. */
export type CallParams<T extends MethodTable, M extends keyof T> = z.input<T[M]['params']>
/** What a caller gets. */
export type CallResult<T extends MethodTable, M extends keyof T> = z.output<T[M]['result']>

type Answer<R> = Result<R> | Promise<Result<R>>

/** Deeds behind a table; a method without one is answered with METHOD_UNKNOWN. */
export type Handlers<T extends MethodTable> = {
  readonly [M in keyof T]?: (params: z.output<T[M]['params']>) => Answer<z.input<T[M]['result']>>
}
