/**
 * sshd hands every command to the user's shell as one text. Each word is quoted here, and nowhere
 * else, so that it reaches the program as it is: inside single quotes only the quote itself is special
 * (POSIX Shell Command Language, 2.2.2).
 */
export function shellWords(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

function quoted(word: string): string {
  if (word.includes('\0')) throw new RangeError('a word with a NUL cannot be passed to a program')
  if (/^[A-Za-z0-9_./:=@%+-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}
