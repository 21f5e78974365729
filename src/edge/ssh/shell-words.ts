/**
 * Joins words to one shell command. sshd passes each command to the user's shell as one text, so every
 * word is quoted here, and only here: inside single quotes no character but the quote is special (POSIX
 * Shell Command Language, 2.2.2). Throws a RangeError for a word with a NUL.
 */
export function shellWords(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new RangeError('a word with a NUL cannot be passed to a program')
  if (/^[A-Za-z0-9_./:=@%+-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
