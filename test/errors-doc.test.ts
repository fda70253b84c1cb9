/** Holds the two tables of docs/errors.md against the code: every error with its fields, every operation with its errors. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { publicModules } from "./sources.js"

const root = fileURLToPath(new URL("..", import.meta.url))

const page = fs.readFileSync(path.join(root, "docs/errors.md"), "utf8")

/** What stands in backticks in a cell. */
const codeIn = (cell: string): ReadonlyArray<string> => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code)

/** The first two cells of each row of the tables that begin with this heading, as the code in them. */
const rowsUnder = (heading: string): ReadonlyArray<readonly [name: string, codes: ReadonlyArray<string>]> => {
  const rows: Array<readonly [string, ReadonlyArray<string>]> = []
  let inside = false
  for (const line of page.split("\n")) {
    const [, first = "", second = ""] = line.split(/(?<!\\)\|/)
    if (!line.startsWith("|")) {
      inside = false
    } else if (first.trim() === heading) {
      inside = true
    } else if (inside && !/^\s*-+\s*$/.test(first)) {
      rows.push([codeIn(first)[0] ?? first.trim(), codeIn(second)])
    }
  }
  return rows
}

const hasFields = (value: object): value is { readonly fields: Schema.Struct.Fields } =>
  "fields" in value && typeof value.fields === "object"

/** `store`, or `cause?` where it may be absent. */
const fieldsOf = (error: object): ReadonlyArray<string> => {
  if (!hasFields(error)) return []
  const { ast } = Schema.Struct(error.fields)
  assert(ast._tag === "TypeLiteral")
  return ast.propertySignatures
    .map(({ isOptional, name }) => `${String(name)}${isOptional ? "?" : ""}`)
    .filter((name) => name !== "_tag")
}

const isErrorClass = (value: unknown): value is Function =>
  typeof value === "function" && value.prototype instanceof Error

/** The error classes of a module, under the names that the page has for them. */
const errorsOf = async (file: string) => {
  const module = path.basename(file, ".ts")
  const exports: Readonly<Record<string, unknown>> = await import(path.join(root, "src", file))
  return Object.entries(exports).flatMap(([name, value]) =>
    isErrorClass(value) ? [[module === "StoreError" ? name : `${module}.${name}`, fieldsOf(value)] as const] : []
  )
}

/** Every error class that a user can import. */
const errorClasses = async (): Promise<Readonly<Record<string, ReadonlyArray<string>>>> => {
  const modules = publicModules.filter((name) => name !== "index.ts")
  return Object.fromEntries((await Promise.all(modules.map(errorsOf))).flat())
}

/** The tags in a type that is one error or a union of them. */
const tagsOf = (type: ts.Type, checker: ts.TypeChecker): ReadonlyArray<string> =>
  (type.isUnion() ? type.types : [type]).flatMap((member) => {
    const tag = checker.getPropertyOfType(member, "_tag")
    if (tag === undefined) return (member.flags & ts.TypeFlags.Never) === 0 ? [checker.typeToString(member)] : []
    const literal = checker.getTypeOfSymbol(tag)
    return literal.isStringLiteral() ? [literal.value] : [checker.typeToString(literal)]
  })

/** The properties of `Operations`, each with the tags of its type. */
const operations = (): Readonly<Record<string, ReadonlyArray<string>>> => {
  const file = path.join(root, "test/operations.ts")
  const config = ts.getParsedCommandLineOfConfigFile(path.join(root, "tsconfig.test.json"), {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => assert.fail(String(diagnostic.messageText))
  })
  const program = ts.createProgram([file], { ...config?.options, composite: false, noEmit: true })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const mistakes = program.getSemanticDiagnostics(source)
  assert.deepStrictEqual(mistakes.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")), [])
  const declaration = source?.statements.find(ts.isInterfaceDeclaration)
  assert(declaration !== undefined)
  return Object.fromEntries(
    checker.getPropertiesOfType(checker.getTypeAtLocation(declaration)).map((property) => [
      property.name,
      Array.from(new Set(tagsOf(checker.getTypeOfSymbol(property), checker))).toSorted()
    ])
  )
}

describe("docs/errors.md", { timeout: 120_000 }, () => {
  it("has every error class with its fields, and no other", async () => {
    assert.deepStrictEqual(Object.fromEntries(rowsUnder("Error")), await errorClasses())
  })

  it("has no row twice", () => {
    const names = [...rowsUnder("Error"), ...rowsUnder("Operation")].map(([name]) => name)
    assert.strictEqual(new Set(names).size, names.length)
  })

  it("says of every operation what its type says", () => {
    const rows = new Map(rowsUnder("Operation"))
    const expand = (code: string): ReadonlyArray<string> => rows.get(code)?.flatMap(expand) ?? [code]
    const said = Object.fromEntries([...rows].map(([name, codes]) => [name, codes.flatMap(expand).toSorted()]))
    assert.deepStrictEqual(said, operations())
  })
})
