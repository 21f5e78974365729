/** What the help of one verb has below its options. */
export interface VerbHelp {
  /** Paragraphs, before the examples. */
  readonly text?: string
  /** Command lines. */
  readonly examples: readonly string[]
  /** What the verb's own exit statuses mean; those of `demarc --help` hold for the rest. */
  readonly exits: Readonly<Record<number, string>>
}

/** The help of one verb as it is printed. */
export function verbHelp({ text, examples, exits }: VerbHelp): string {
  return [
    ...(text === undefined ? [] : ['', text]),
    '',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.map((example) => `  ${example}`),
    '',
    exitHelp(exits),
    '  Other statuses: see "demarc --help".',
  ].join('\n')
}

/** Exit statuses with their meaning, one a line. */
export function exitHelp(exits: Readonly<Record<number, string>>): string {
  const lines = Object.entries(exits).map(
    ([status, meaning]) => `  ${status.padStart(2)}  ${meaning}`,
  )
  return ['Exit status:', ...lines].join('\n')
}
