#!/usr/bin/env node
/**
 * A public name means one thing: what one file under `src/` exports, no other file exports under the
 * same name. A type and a value of one name in one file are one name.
 */
import ts from 'typescript'
import { conclude, filesUnder, parse, place } from './source.mjs'

const files = filesUnder('src')
const homes = new Map()

for (const file of files) {
  const source = parse(file)
  const own = new Set()
  for (const statement of source.statements) {
    for (const [name, node] of exportedNames(statement)) {
      if (own.has(name)) continue
      own.add(name)
      homes.set(name, [...(homes.get(name) ?? []), place(source, node)])
    }
  }
}

function exportedNames(statement) {
  if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
    const { elements = [] } = statement.exportClause
    return elements.map((element) => [element.name.text, element])
  }
  const exported = statement.modifiers?.some((word) => word.kind === ts.SyntaxKind.ExportKeyword)
  if (!exported) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
  }
  return statement.name === undefined ? [] : [[statement.name.text, statement]]
}

function boundNames(name) {
  if (ts.isIdentifier(name)) return [[name.text, name]]
  return name.elements.flatMap((element) => ('name' in element ? boundNames(element.name) : []))
}

const findings = [...homes]
  .filter(([, places]) => places.length > 1)
  .map(([name, places]) => `${name} is exported by ${places.join(' and ')}`)
conclude('names', files.length, findings)
