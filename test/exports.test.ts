/**
 * What docgen does not ask of an export's documentation: that every one has a category, re-exported or not.
 */
import { assert, describe, it } from "@effect/vitest"
import ts from "typescript"
import { parse, publicModules } from "./sources.js"

const isExported = (statement: ts.Statement): boolean =>
  ts.isExportDeclaration(statement) ||
  (ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))

/** The documented things a statement exports: `export { a, b }` documents each, every other form itself. */
const exportsOf = (statement: ts.Statement): ReadonlyArray<ts.Node> =>
  ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)
    ? statement.exportClause.elements
    : [statement]

/** One line about it, for the message. */
const headline = (node: ts.Node): string => node.getText().split("\n", 1)[0] ?? ""

const tagsOf = (node: ts.Node): ReadonlyMap<string, string> =>
  new Map(
    ts.getJSDocTags(node).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment)?.trim() ?? ""])
  )

const documented = publicModules
  .filter((file) => file !== "index.ts")
  .flatMap((file) =>
    parse(file).statements.filter(isExported).flatMap(exportsOf).map((node) => ({
      name: `${file}: ${headline(node)}`,
      tags: tagsOf(node)
    }))
  )

describe("exports", () => {
  it("each says since when it is there", () => {
    assert.isNotEmpty(documented)
    const silent = documented.filter(({ tags }) => !/^\d+\.\d+\.\d+$/.test(tags.get("since") ?? ""))
    assert.deepStrictEqual(silent.map(({ name }) => name), [])
  })

  it("each has a category, in lower case", () => {
    assert.isNotEmpty(documented)
    const silent = documented.filter(({ tags }) => !/^[a-z][a-z ]*$/.test(tags.get("category") ?? ""))
    assert.deepStrictEqual(silent.map(({ name }) => name), [])
  })
})
