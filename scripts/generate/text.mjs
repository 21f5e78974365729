/** Texts of the generated files, formatted as the rest of the tree. */
import { format, resolveConfig } from 'prettier'

/** Block-style YAML; prettier chooses the quotes. */
export function yaml(value, indent = '') {
  if (value === null || typeof value !== 'object') return ` ${JSON.stringify(value)}\n`
  const entries = Object.entries(value)
  if (entries.length === 0) return Array.isArray(value) ? ' []\n' : ' {}\n'
  const lines = entries.map(([key, inner]) => {
    const head = Array.isArray(value)
      ? '-'
      : `${/^[A-Za-z_$][\w.-]*$/.test(key) ? key : JSON.stringify(key)}:`
    return `${indent}${head}${yaml(inner, `${indent}  `)}`
  })
  return `\n${lines.join('')}`
}

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
    `<!-- ${name}: made by scripts/generate.mjs, do not edit -->`,
    `<!-- /${name} -->`,
  ]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`no markers "${name}"`)
  return `${text.slice(0, from + start.length)}\n\n${part}\n\n${text.slice(to)}`
}
