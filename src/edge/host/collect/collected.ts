/** What a source had to say. */
export type Collected =
  /** `cut`: more than fits; whole lines at its beginning or its end are missing. */
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  | { readonly kind: 'missing'; readonly reason: string }

/** Octets that are kept, and which, when there are more. */
export interface Extent {
  readonly most: number
  readonly keep: 'head' | 'tail'
}

/** The text of these octets; where some were left out, only whole lines, so that no half of a secret remains. */
export function wholeLines(octets: Buffer, cut: boolean, keep: Extent['keep']): Collected {
  const text = octets.toString('utf8')
  if (!cut) return { kind: 'text', text, cut }
  const at = keep === 'tail' ? text.indexOf('\n') + 1 : text.lastIndexOf('\n') + 1
  return { kind: 'text', text: keep === 'tail' && at > 0 ? text.slice(at) : text.slice(0, at), cut }
}
