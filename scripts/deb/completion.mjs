/** Completions for bash, zsh and fish: the verbs, their options, and the words that an option or an argument takes. */
import { createHelp } from './verbs.mjs'

export function completions(program) {
  const [top, ...verbs] = createHelp(program)
  return { bash: bash(top, verbs), zsh: zsh(top, verbs), fish: fish(top, verbs) }
}

const longs = ({ options }) => options.map(({ long }) => long).filter(Boolean)
const words = (list) => list.join(' ')
const firstLine = (text) => text.split('\n')[0].replaceAll("'", '’')
const chosen = (verbs) => [
  ...new Map(
    verbs
      .flatMap(({ options }) => options.filter(({ choices }) => choices.length > 0))
      .map((option) => [option.long, option]),
  ).values(),
]

function bash(top, verbs) {
  const cases = verbs.map(
    (verb) => `    ${verb.name}) words='${words([...longs(verb), ...verb.choices])}' ;;`,
  )
  const values = chosen([top, ...verbs]).map(
    ({ long, choices }) => `    ${long}) words='${words(choices)}' ;;`,
  )
  return `# bash completion of demarc
_demarc() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} verb= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    --config | --socket) ((i++)) ;;
    -*) ;;
    *) verb=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $verb in
    '') words='${words([...verbs.map(({ name }) => name), ...longs(top), 'help'])}' ;;
${cases.join('\n')}
    help) words='${words(verbs.map(({ name }) => name))}' ;;
  esac
  case $before in
${values.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _demarc demarc
`
}

function zsh(top, verbs) {
  const names = verbs.map(
    ({ name, description }) => `    '${name}:${firstLine(description).replaceAll(':', '\\:')}'`,
  )
  const cases = verbs.map(
    (verb) => `    ${verb.name}) compadd -- ${words([...longs(verb), ...verb.choices])}; _files ;;`,
  )
  return `#compdef demarc
# zsh completion of demarc
local -a verbs
verbs=(
${names.join('\n')}
)
if ((CURRENT == 2)); then
  _describe verb verbs
  compadd -- ${words(longs(top))}
else
  case $words[2] in
${cases.join('\n')}
    help) _describe verb verbs ;;
  esac
fi
`
}

function fish(top, verbs) {
  const none = `not __fish_seen_subcommand_from ${words(verbs.map(({ name }) => name))}`
  const option = (condition, { long, description, choices, takesValue }) => {
    const values = choices.length > 0 ? ` -x -a '${words(choices)}'` : takesValue ? ' -r' : ''
    return `complete -c demarc -n '${condition}' -l ${long.slice(2)}${values} -d '${firstLine(description)}'`
  }
  const own = ({ options }, condition) =>
    options.filter(({ long }) => long).map((found) => option(condition, found))
  return `# fish completion of demarc
${[
  ...own(top, none),
  ...verbs.map(
    ({ name, description }) =>
      `complete -c demarc -f -n '${none}' -a ${name} -d '${firstLine(description)}'`,
  ),
  ...verbs.flatMap((verb) => {
    const seen = `__fish_seen_subcommand_from ${verb.name}`
    return [
      ...own(verb, seen),
      ...verb.choices.map((choice) => `complete -c demarc -f -n '${seen}' -a '${choice}'`),
    ]
  }),
].join('\n')}
`
}
