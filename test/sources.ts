/** The library's own source files, as the tests that hold them against the house rules read them. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const src = fileURLToPath(new URL("../src/", import.meta.url))

/** Every file of `src`, as a path below it. */
export const modules: ReadonlyArray<string> = fs.readdirSync(src, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"))
  .toSorted()

/** What a user can import: all but `internal/`. */
export const publicModules: ReadonlyArray<string> = modules.filter((file) => !file.startsWith("internal/"))

export const read = (file: string): string => fs.readFileSync(path.join(src, file), "utf8")

export const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)

/** Looks at a node and everything in it. */
export const visit = (node: ts.Node, look: (node: ts.Node) => void): void => {
  look(node)
  node.forEachChild((child) => visit(child, look))
}
