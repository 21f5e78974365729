/** What changed: links, addresses, or anything at all while nobody was listening. */
export type KernelChange = 'links' | 'addresses' | 'resync'

/** Who wants to hear of changes, and until when. */
export interface NewsListener {
  readonly onChange: (change: KernelChange) => void
  readonly signal: AbortSignal
}

/** Tells of changes, at most once in 200 ms for each kind; a hint to look again, never data. */
export function watchKernel(_listener: NewsListener): void {
  throw new Error('being built')
}
