/** Each would end a line, begin a command, a comment, a pipe, a help or an option somewhere. */
export const ATTACKS = [
  ['second command', 'x\nhostname taken-over'],
  ['second command after NUL', 'x\0hostname taken-over'],
  ['newline', 'x\nend'],
  ['carriage return', 'x\rend'],
  ['NUL', 'x\0end'],
  ['escape', 'x\u001b[2J'],
  ['C1', 'x\u009b2J'],
  ['DEL', 'x\u007f'],
  ['line separator', 'x\u2028end'],
  ['lone surrogate', 'x\ud800'],
  ['comment of vty', 'x ! y'],
  ['comment of a shell', 'x # y'],
  ['pipe', 'x | include y'],
  ['help of vty', 'x?'],
  ['backslash', 'x\\ny'],
  ['blank first', ' x'],
  ['blank last', 'x '],
  ['option', '-x'],
  ['path', '../../etc/passwd'],
  ['command', '$(reboot)'],
  ['quote', '";reboot;"'],
  ['two words', 'x y z'],
  ['empty', ''],
  ['long', 'x'.repeat(100_000)],
] as const

/** One line that a person reads; two words, quotes and a leading dash are text there. */
const PROSE =
  /\.(description|message|notes|reason)$|\.lldp\.\w+$|\.circuit\.(loa\.\w+|ids\[\d+\]\.value)$/
const HARMLESS_IN_PROSE = new Set(['two words', 'quote', 'command', 'option', 'path'])

/** Whether this text is only text at the place of a document. */
export function isHarmless(at: string, attack: string): boolean {
  return PROSE.test(at) && HARMLESS_IN_PROSE.has(attack)
}
