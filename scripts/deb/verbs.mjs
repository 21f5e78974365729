/** The command line as data: what Commander knows of the program and its verbs, in the order of its help. */

/** The program itself first, then its verbs. `after` is the text below the options. */
export function createHelp(program) {
  const helper = program.createHelp()
  return [program, ...helper.visibleCommands(program).filter((verb) => verb.name() !== 'help')].map(
    (command) => ({
      name: command.name(),
      usage:
        command === program
          ? 'demarc'
          : `demarc ${command.name()} ${command.usage()}`.replace('[options]', '[OPTIONS]'),
      description: command.description(),
      terms: helper.visibleArguments(command).map((argument) => ({
        term: helper.argumentTerm(argument),
        description: helper.argumentDescription(argument),
      })),
      options: helper.visibleOptions(command).map((option) => ({
        term: helper.optionTerm(option),
        description: helper.optionDescription(option),
        long: option.long,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
      })),
      choices: helper.visibleArguments(command).flatMap((argument) => argument.argChoices ?? []),
      takesFile: helper.visibleArguments(command).some((argument) => argument.name() === 'file'),
      after: textAfter(command),
    }),
  )
}

/** What `addHelpText('after', …)` gave the command. */
function textAfter(command) {
  let text = ''
  command.configureOutput({ writeOut: (written) => (text += written) })
  command.outputHelp()
  const help = command.createHelp().formatHelp(command, command.createHelp())
  return text.slice(text.indexOf(help) + help.length)
}
