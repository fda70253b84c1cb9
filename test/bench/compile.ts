/**
 * The library and the measured scripts as plain JavaScript. What runs TypeScript directly is no place to measure in: its
 * hooks are a second heap, and what it makes of the code is not what is published.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import ts from "typescript"

/** Gives the directory of the compiled scripts; it is inside the repository, whose node_modules they need. */
export const compile = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* path.fromFileUrl(new URL("../..", import.meta.url))
  yield* fs.makeDirectory(path.join(root, "build"), { recursive: true })
  const compiled = yield* fs.makeTempDirectoryScoped({ directory: path.join(root, "build"), prefix: "bench-" })
  for (const folder of ["src", "test/bench"]) {
    const names = yield* fs.readDirectory(path.join(root, folder), { recursive: true })
    for (const name of names.filter(isTypeScript)) {
      const target = path.join(compiled, folder, name.replace(/\.ts$/, ".js"))
      const source = yield* fs.readFileString(path.join(root, folder, name))
      yield* fs.makeDirectory(path.dirname(target), { recursive: true })
      yield* fs.writeFileString(target, ts.transpileModule(source, { fileName: name, compilerOptions }).outputText)
    }
  }
  return path.join(compiled, "test/bench")
})

const isTypeScript = (name: string) => name.endsWith(".ts")

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true
}
