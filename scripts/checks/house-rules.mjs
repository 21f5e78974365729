#!/usr/bin/env node
/**
 * House rules that the linter has no rule for: no mutable state at module level that is not exported, no
 * assertion by way of `unknown`, no export of a name from another file, no rule of a checker switched
 * off in a file, and no schema that drops a key that somebody else chose. The linter itself refuses exported `let`, barrels, `@ts-` comments and blanket disables.
 */
import ts from 'typescript'
import { conclude, filesUnder, parse, place } from './syntax.mjs'

const files = [...filesUnder('src'), ...filesUnder('test')]
const findings = files.flatMap((file) => inFile(parse(file)))

function inFile(source) {
  const found = source.statements.flatMap((statement) => atTop(source, statement))
  const visit = (node) => {
    if (isDoubleAssertion(node)) found.push(`${place(source, node)} asserts by way of unknown`)
    if (source.fileName.startsWith('src/') && isZodRecord(node)) {
      found.push(`${place(source, node)} drops the key __proto__: take record() of core/keyed`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const suppression = /(ox|es)lint-disable|prettier-ignore/
  for (const [index, line] of source.text.split('\n').entries()) {
    if (suppression.test(line)) found.push(`${source.fileName}:${index + 1} switches a checker off`)
  }
  return found
}

function atTop(source, statement) {
  if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
    return [`${place(source, statement)} re-exports: import from where the name lives`]
  }
  const mutable =
    ts.isVariableStatement(statement) &&
    (statement.declarationList.flags & ts.NodeFlags.Const) === 0
  // Tests have their own processes: only what ships must be free of module state.
  return mutable && source.fileName.startsWith('src/')
    ? [`${place(source, statement)} keeps mutable state at module level`]
    : []
}

function isDoubleAssertion(node) {
  return (
    ts.isAsExpression(node) &&
    ts.isAsExpression(node.expression) &&
    node.expression.type.kind === ts.SyntaxKind.UnknownKeyword
  )
}

/** `z.record`, `z.partialRecord` and `z.looseRecord` leave out a key named `__proto__`. */
function isZodRecord(node) {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.expression.getText() === 'z' &&
    /record$/i.test(node.name.text) &&
    !node.name.text.startsWith('Zod')
  )
}

conclude('house-rules', files.length, findings)
