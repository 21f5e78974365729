import type { Line, Word } from './names.js'

/** What a provider's papers say of a connection or an attachment. It configures nothing and is only shown. */
export type Circuit = {
  /** The provider's own names of the thing, such as `dxcon` → `dxcon-1234`. */
  readonly ids?: CircuitId[]
  readonly loa?: LetterOfAuthorization
  /** Mb/s that are bought. */
  readonly bandwidth?: number
  /** Circuits of one group stand in for each other. */
  readonly redundancyGroup?: Word
  readonly notes?: Line
}

export type CircuitId = {
  readonly name: Word
  readonly value: Line
}

/** Where the cross-connect ends, as the letter of authorization (LOA-CFA) says. */
export type LetterOfAuthorization = {
  readonly cabinet?: Line
  readonly cage?: Line
  readonly panel?: Line
  readonly port?: Line
  readonly pair?: Line
  readonly side?: Line
  readonly connector?: Line
}
