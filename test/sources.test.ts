import { assert, describe, it } from "@effect/vitest"
import ts from "typescript"
import { modules, parse, read, visit } from "./sources.js"

describe("sources", () => {
  it("no file is longer than 400 lines", () => {
    const long = modules.filter((file) => read(file).trimEnd().split("\n").length > 400)
    assert.deepStrictEqual(long, [])
  })

  it("nothing is cast to any, or by way of unknown", () => {
    const casts: Array<string> = []
    for (const file of modules) {
      visit(parse(file), (node) => {
        if (!ts.isAsExpression(node) && !ts.isTypeAssertionExpression(node)) return
        const inner = ts.isParenthesizedExpression(node.expression) ? node.expression.expression : node.expression
        const byUnknown = ts.isAsExpression(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword
        if (node.type.kind === ts.SyntaxKind.AnyKeyword || byUnknown) casts.push(`${file}: ${node.getText()}`)
      })
    }
    assert.deepStrictEqual(casts, [])
  })
})
