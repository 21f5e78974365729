/** Manual pages in man(7), made from the same texts as `--help` and the sample settings. */
import { readFileSync } from 'node:fs'
import { createHelp } from './verbs.mjs'

/** A line of text as troff takes it: no character of it is a command. */
const safe = (line) =>
  line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
const lines = (text) => text.trim().split('\n').map(safe).join('\n')
const verbatim = (text) => `.nf\n${text.trimEnd().split('\n').map(safe).join('\n')}\n.fi`
const heading = (title, section) => `.TH "${title.toUpperCase()}" ${section} "" "demarc" "demarc"`
const titled = (title, body) => `.SH ${title}\n${body}`

/** demarc(1): every verb with its arguments, options, examples and exit statuses. */
export function verbsPage(program) {
  const [top, ...verbs] = createHelp(program)
  const parts = [
    heading('demarc', 1),
    titled('NAME', `demarc \\- ${safe(lowerFirst(top.description)).replace(/\.$/, '')}`),
    titled('SYNOPSIS', `.B demarc\n[OPTIONS] VERB [ARGUMENTS]`),
    titled('OPTIONS', top.options.map(tagged).join('\n')),
    titled(
      'VERBS',
      verbs.map((verb) => `.SS "${safe(verb.usage)}"\n${described(verb)}`).join('\n'),
    ),
    titled('NOTES', verbatim(top.after)),
    titled('SEE ALSO', '.BR demarcd (8),\n.BR demarc.toml (5),\n.BR demarc\\-rollback (8)'),
  ]
  return `${parts.join('\n')}\n`
}

function described({ description, terms, options, after }) {
  const entries = [...terms, ...options].map(tagged)
  return [lines(description), ...entries, '.PP', verbatim(after)].join('\n')
}

const tagged = ({ term, description }) => `.TP\n.B ${safe(term)}\n${lines(description)}`
const lowerFirst = (text) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`

/** The page of a daemon: its `--help`. */
export function programPage(name, help) {
  const [title, ...rest] = help.split('\n')
  const about = title.replace(/^[^:]*: */, '').replace(/\.$/, '')
  return `${[heading(name, 8), titled('NAME', `${safe(name)} \\- ${safe(about)}`), titled('DESCRIPTION', verbatim(rest.join('\n').trim()))].join('\n')}\n`
}

/** The page of a settings file: its sample, in which every key has its comment. */
export function settingsPage(file, program, sample) {
  const text = readFileSync(sample, 'utf8')
  return `${[
    heading(file, 5),
    titled('NAME', `${safe(file)} \\- settings of ${safe(program)}`),
    titled(
      'DESCRIPTION',
      `The file is TOML. This is a sample with every key.\n.PP\n${verbatim(text)}`,
    ),
    titled('SEE ALSO', `.BR ${safe(program)} (8)`),
  ].join('\n')}\n`
}
