/** A difference from the intent that no change made, and that one step repairs. */
export interface DriftItem {
  /** What differs, without the values, so that a writer that sets a new value each time is one conflict. */
  readonly keys: readonly string[]
  /** What the step changes. All steps on one target are done, or suppressed, together. */
  readonly targets: readonly string[]
  /** Other targets that must not be suppressed when the step is done. */
  readonly dependsOn: readonly string[]
}

/** The existence of a link, as a target of its own: FRR depends on a VRF's existence, not on its MTU. */
export function presenceTarget(link: string): string {
  return `presence of ${link}`
}

/** A link, as a target. */
export function linkTarget(link: string): string {
  return `link ${link}`
}
