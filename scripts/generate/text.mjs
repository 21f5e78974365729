/** Texts of the generated files, formatted as the rest of the tree. */
import { format, resolveConfig } from 'prettier'

export async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path })
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Text for a cell of a Markdown table. */
export function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Puts a generated part between its two markers. */
export function between(text, name, part) {
  const [start, end] = [
    `<!-- ${name}: made by scripts/generate/main.mjs, do not edit -->`,
    `<!-- /${name} -->`,
  ]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`no markers "${name}"`)
  return `${text.slice(0, from + start.length)}\n\n${part}\n\n${text.slice(to)}`
}
