/**
 * The house's floors: data flows down, so imports in `src` only point down.
 *
 * A module may import what stands on a lower floor, and on its own floor what stands to its left; a store may not
 * import a store. What is under `internal/` stands on its owner's floor and belongs to its owner alone there.
 */
import { assert, describe, it } from "@effect/vitest"
import * as path from "node:path"
import ts from "typescript"
import { modules, parse, visit } from "./sources.js"

const floors: ReadonlyArray<ReadonlyArray<string>> = [
  [
    "internal/lookupErrors",
    "StoreError",
    "internal/mask",
    "internal/acquired",
    "internal/pulled",
    "internal/source",
    "StoreOption",
    "Capabilities",
    "HashingAlgorithm",
    "Hashing",
    "Digest",
    "LocationMetadata",
    "internal/configured",
    "internal/coreOptions",
    "internal/optionText",
    "internal/enabledBackends",
    "internal/disk",
    "internal/remote"
  ],
  ["Location", "Range", "ImageFile"],
  ["AddOptions", "Driver", "Store", "StoreKind"],
  ["StoreRegistry"],
  ["MemoryStore", "FileStore", "HttpStore", "S3Store", "SwiftStore", "RbdStore"],
  ["Indexable", "Backend", "Stores", "GlanceConf"],
  ["index"]
]

/** Whose the folders under `internal/` are. */
const owners: Readonly<Record<string, string>> = {
  "internal/backend": "Backend",
  "internal/conf": "GlanceConf",
  "internal/disk": "internal/disk",
  "internal/file": "FileStore",
  "internal/hashing": "Hashing",
  "internal/http": "HttpStore",
  "internal/memory": "MemoryStore",
  "internal/rbd": "RbdStore",
  "internal/remote": "internal/remote",
  "internal/s3": "S3Store",
  "internal/store": "Store",
  "internal/stores": "Stores",
  "internal/swift": "SwiftStore"
}

const storesFloor = 4

interface Import {
  readonly from: string
  readonly to: string
  readonly onlyTypes: boolean
}

interface Place {
  /** The module itself or, for an internal one, its owner. */
  readonly module: string
  readonly floor: number
  readonly position: number
}

const place = (name: string): Place => {
  const module = owners[path.posix.dirname(name)] ?? name
  const floor = floors.findIndex((names) => names.includes(module))
  if (floor === -1) throw new Error(`src/${name}.ts has no floor: give it a place in test/floors.test.ts`)
  return { module, floor, position: floors[floor]?.indexOf(module) ?? -1 }
}

const isAllowed = ({ from, onlyTypes, to }: Import): boolean => {
  const above = place(from)
  const below = place(to)
  if (above.module === below.module) {
    // Inside one owner's rooms everything may be seen, but what is private does not run what is public.
    return !(from !== above.module && to === below.module) || onlyTypes
  }
  if (above.floor !== below.floor) return above.floor > below.floor
  if (above.floor === storesFloor || to !== below.module) return false
  return above.position > below.position
}

const onlyTypes = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node)
    ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    : ts.isExportDeclaration(node)
    ? node.isTypeOnly
    : ts.isImportTypeNode(node)

/** What a module imports of ours, however it says so: import, export from, import(), or import("…") in a type. */
const importsOf = (file: string): ReadonlyArray<Import> => {
  const imports: Array<Import> = []
  visit(parse(file), (node) => {
    const specifier = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
      ? node.arguments[0]
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
      ? node.argument.literal
      : undefined
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return
    assert.isFalse(specifier.text.startsWith("effect-glance-store"), `src/${file} imports the library by its name`)
    if (!specifier.text.startsWith(".")) return
    const to = path.posix.join(path.posix.dirname(file), specifier.text)
    imports.push({ from: file.replace(/\.ts$/, ""), to: to.replace(/\.js$/, ""), onlyTypes: onlyTypes(node) })
  })
  return imports
}

describe("floors", () => {
  it("an import only points down, or to the importer's own internals", () => {
    const wrong = modules.flatMap(importsOf).filter((edge) => !isAllowed(edge))
    assert.deepStrictEqual(wrong.map(({ from, to }) => `${from} imports ${to}`), [])
  })

  it("every module has a place", () => {
    assert.isNotEmpty(modules)
    for (const module of modules) assert.isAtLeast(place(module.replace(/\.ts$/, "")).floor, 0)
  })

  it("nothing that index names loads what belongs to one store", () => {
    const loaded = new Set<string>()
    const packages = new Set<string>()
    const load = (name: string) => {
      if (loaded.has(name)) return
      loaded.add(name)
      for (const statement of parse(`${name}.ts`).statements) {
        if (!(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) || onlyTypes(statement)) continue
        const { moduleSpecifier } = statement
        if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue
        const { text } = moduleSpecifier
        if (text.startsWith(".")) load(path.posix.join(path.posix.dirname(name), text).replace(/\.js$/, ""))
        else packages.add(text)
      }
    }
    load("index")
    assert.include([...loaded], "GlanceConf")
    assert.include([...loaded], "Stores")
    assert.deepStrictEqual([...packages].filter((name) => !/^(?:effect\/|node:|@effect\/platform\/)/.test(name)), [])
    assert.deepStrictEqual([...loaded].filter((name) => /S3Store|HttpStore|internal\/(?:s3|http)\//.test(name)), [])
  })

  it("index only names the modules beside it", () => {
    const wrong = parse("index.ts").statements.filter((statement) => {
      if (!ts.isExportDeclaration(statement)) return true
      const { exportClause, moduleSpecifier } = statement
      if (exportClause === undefined || !ts.isNamespaceExport(exportClause)) return true
      return moduleSpecifier?.getText() !== `"./${exportClause.name.text}.js"`
    })
    assert.deepStrictEqual(wrong.map((statement) => statement.getText()), [])
  })
})
