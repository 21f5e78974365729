import t from 'tap'
import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.js'

/** What `--help` of a verb prints, with the texts that are added below the options. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

const program = createProgram(async () => Promise.resolve())

t.test('the help of the program lists every verb, its groups, and every exit status', (t) => {
  const help = helpOf(program)
  for (const { name } of program.commands.map((verb) => ({ name: verb.name() }))) {
    t.match(help, new RegExp(`^  ${name} `, 'm'), name)
  }
  for (const status of [0, 1, 2, 64, 65, 66, 69, 75, 77, 78]) {
    t.match(help, new RegExp(`^ +${status}  \\S`, 'm'), `exit status ${status}`)
  }
  t.end()
})

t.test('the help of each verb has one sentence, an example and its exit statuses', (t) => {
  for (const verb of program.commands) {
    const help = helpOf(verb)
    t.match(verb.description(), /^[a-z][^.]+$/, verb.name())
    t.match(help, new RegExp(`Examples?:\n {2}demarc .*${verb.name()}`), verb.name())
    t.match(help, /Exit status:\n +\d+ {2}\S/, verb.name())
  }
  t.end()
})

t.test('no line of the help is wider than a terminal of 100 columns', (t) => {
  const lines = [program, ...program.commands].flatMap((verb) => helpOf(verb).split('\n'))
  t.strictSame(
    lines.filter((line) => line.length > 100),
    [],
  )
  t.end()
})
