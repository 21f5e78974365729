/** What a step puts right that no change made, as the damper sees it. */
export interface DriftItem {
  /** What differs, without its values: who writes changing ones fights over the same. */
  readonly keys: readonly string[]
  /** What it is done to. All that is done to one thing is done, or held, together. */
  readonly targets: readonly string[]
  /** Further things that must not be held where this is done. */
  readonly dependsOn: readonly string[]
}

/** That a link is there, as a thing: a VRF's, which FRR needs, is not at stake when its MTU is. */
export function presenceTarget(link: string): string {
  return `presence of ${link}`
}

/** A link, as a thing. */
export function linkTarget(link: string): string {
  return `link ${link}`
}
