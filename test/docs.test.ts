/**
 * Every `ts` block of the README and of docs/ is compiled as a user would compile it and, when it is a whole program
 * (it runs itself with `runMain` of `@effect/platform-node`), run in an empty directory.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Command from "@effect/platform/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("..", import.meta.url))

interface Block {
  /** The page and the line of the fence. */
  readonly name: string
  /** The file that the compiler is shown in its place, at the root, where the packages are found. */
  readonly file: string
  readonly text: string
}

const docs = path.join(root, "docs")

const pages: ReadonlyArray<string> = [
  "README.md",
  ...(fs.existsSync(docs) ? fs.readdirSync(docs, { recursive: true, encoding: "utf8" }) : [])
    .filter((page) => page.endsWith(".md"))
    .toSorted()
    .map((page) => `docs/${page}`)
]

const blocksOf = (page: string): ReadonlyArray<Block> => {
  const markdown = fs.readFileSync(path.join(root, page), "utf8")
  return [...markdown.matchAll(/^```ts\b.*\n([^]*?)^```$/gm)].map((match) => {
    const line = markdown.slice(0, match.index).split("\n").length
    // So many empty lines above the block that the compiler's line numbers are the page's.
    const text = "\n".repeat(line) + (match[1] ?? "")
    return { name: `${page}:${line}`, file: path.join(root, `${page.replaceAll("/", "-")}-${line}.ts`), text }
  })
}

const blocks = pages.flatMap(blocksOf)

const programs = blocks.filter(({ text }) => text.includes("\"@effect/platform-node") && text.includes("runMain"))

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(root, "tsconfig.base.json"), ts.sys.readFile).config,
    { ...ts.sys, readDirectory: () => [] },
    root
  ).options,
  // In the resolution that finds the most mistakes; a block may show more than it uses.
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  noUnusedLocals: false,
  noUnusedParameters: false,
  noEmit: true,
  composite: false,
  declaration: false,
  declarationMap: false,
  emitDeclarationOnly: false
}

/** The compiler's complaints, a line each, under the name of the block they are about. */
const complaints = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const texts = new Map(blocks.map(({ file, text }) => [file, text]))
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile, readFile } = host
  host.fileExists = (file) => texts.has(file) || fileExists(file)
  host.readFile = (file) => texts.get(file) ?? readFile(file)
  host.getSourceFile = (file, target, ...rest) => {
    const text = texts.get(file)
    return text === undefined ? getSourceFile(file, target, ...rest) : ts.createSourceFile(file, text, target)
  }
  const program = ts.createProgram([...texts.keys()], options, host)
  return new Map(blocks.map(({ file, name }) => {
    const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file))
    return [
      name,
      found.map((diagnostic) => {
        const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
        return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")}`
      })
    ]
  }))
}

const run = Effect.fn("docs.run")(function*(block: Block) {
  const files = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const directory = yield* files.makeTempDirectoryScoped({ prefix: "effect-glance-store-docs-" })
  const program = join(directory, "program.ts")
  yield* files.symlink(join(root, "node_modules"), join(directory, "node_modules"))
  yield* files.writeFileString(join(directory, "package.json"), "{ \"type\": \"module\" }")
  yield* files.writeFileString(program, block.text)
  const child = yield* Command.start(
    Command.make(
      join(root, "node_modules/.bin/tsx"),
      "--tsconfig",
      join(root, "tsconfig.json"),
      program
    ).pipe(Command.workingDirectory(directory))
  )
  const [exitCode, output] = yield* Effect.all([
    child.exitCode,
    Stream.merge(child.stdout, child.stderr).pipe(Stream.decodeText(), Stream.mkString)
  ], { concurrency: "unbounded" })
  assert.strictEqual(exitCode, 0, `${block.name} says:\n${output}`)
})

describe("docs", () => {
  it("the README shows the library at work", () => {
    assert.isNotEmpty(programs.filter(({ name }) => name.startsWith("README.md:")))
  })

  it("every block compiles", { timeout: 120_000 }, () => {
    const found = [...complaints()].flatMap(([name, lines]) => lines.map((line) => `${name}: ${line}`))
    assert.deepStrictEqual(found, [])
  })

  layer(NodeContext.layer)((it) => {
    for (const block of programs) {
      it.scoped(`the program at ${block.name} runs`, () => run(block), 60_000)
    }
  })
})
