/** The checkers by the name of their npm script, quickest first. */
export const checkers = [
  'commits',
  'format:check',
  'names',
  'words',
  'generated',
  'contract',
  'walls',
  'lint',
  'dead',
  'types',
]
