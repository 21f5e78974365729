/** The project's TypeScript sources, parsed without type information. */
import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'

/** Every TypeScript file under a folder. */
export function filesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => name.endsWith('.ts'))
    .sort()
}

/** A file's syntax tree with parent links. */
export function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true)
}

/** `file:line` of a node, as editors understand it. */
export function place(source, node) {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
  return `${source.fileName}:${line + 1}`
}

/** Prints the findings, and fails when there are any or when nothing was read. */
export function conclude(check, read, findings) {
  for (const finding of findings) console.error(finding)
  if (read === 0) console.error(`${check}: no file was read, so the check did not run`)
  console.log(`${check}: ${read} files read, ${findings.length} findings`)
  process.exitCode = read > 0 && findings.length === 0 ? 0 : 1
}
