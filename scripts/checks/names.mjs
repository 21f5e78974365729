#!/usr/bin/env node
/**
 * A public name means one thing in its room: what one file of a folder under `src/` exports, no other file
 * of that folder exports under the same name. A type and a value of one name in one file are one name.
 */
import { dirname } from 'node:path'
import ts from 'typescript'
import { conclude, filesUnder, parse, place } from './syntax.mjs'

const files = filesUnder('src')
const homes = new Map()

for (const file of files) {
  const source = parse(file)
  const own = new Set()
  for (const statement of source.statements) {
    for (const [name, node] of exportedNames(statement)) {
      if (own.has(name)) continue
      own.add(name)
      const key = `${dirname(file)} ${name}`
      homes.set(key, [...(homes.get(key) ?? []), place(source, node)])
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
  .map(([key, places]) => `${key.split(' ')[1]} is exported by ${places.join(' and ')}`)
conclude('names', files.length, findings)
