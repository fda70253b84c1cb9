/**
 * The package as users get it: packed, installed beside its peers in an empty directory, imported by every name it
 * offers, refused where it is private, and its quick start run there. Then publint and attw read the tarball.
 *
 * Run by `npm run smoke`, after `npm run build`.
 */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const lock = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"))

/** A package in the very version that the library is tested with: npm's latest of some is for Effect 4. */
const locked = (name) => `${name}@${lock.packages[`node_modules/${name}`].version}`

const run = (cwd, command, ...args) => {
  process.stdout.write(`$ ${path.basename(command)} ${args.join(" ")}\n`)
  execFileSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] })
}

const bin = (name) => path.join(root, "node_modules/.bin", name)

/** The subpaths that `"./*"` stands for: every module of the tarball that is not internal. */
const subpaths = (directory) =>
  fs.readdirSync(directory)
    .filter((file) => file.endsWith(".js") && file !== "index.js")
    .map((file) => `${manifest.name}/${path.basename(file, ".js")}`)

const smoke = (directory) => {
  run(root, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", directory)
  const tarball = path.join(directory, `${manifest.name}-${manifest.version}.tgz`)

  const user = path.join(directory, "user")
  fs.mkdirSync(user)
  fs.writeFileSync(path.join(user, "package.json"), "{ \"private\": true, \"type\": \"module\" }\n")
  // The optional ones too, for every name is imported.
  const peers = Object.keys(manifest.peerDependencies)
  const beside = [...new Set([...peers, "tsx", "typescript", "@types/node"])]
  run(user, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball, ...beside.map(locked))

  const installed = path.join(user, "node_modules", manifest.name)
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "src/index.ts", "dist/index.d.ts"]) {
    assert.ok(fs.existsSync(path.join(installed, file)), `${file} is not in the package`)
  }

  const names = [manifest.name, ...subpaths(path.join(installed, "dist"))]
  const secret = fs.readdirSync(path.join(installed, "dist/internal"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => `${manifest.name}/internal/${file.replace(/\.js$/, "").split(path.sep).join("/")}`)
  assert.ok(names.length > 1 && secret.length > 0, "there is nothing to import")
  fs.writeFileSync(path.join(user, "imports.js"), importing(names, secret))
  run(user, process.execPath, "imports.js")

  // What the package's types say, read as a strict user's compiler reads them.
  const quickstart = path.join(user, "quickstart.ts")
  fs.copyFileSync(path.join(root, "examples/01-quickstart.ts"), quickstart)
  const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--types", "node"]
  run(user, bin("tsc"), ...strict, "--target", "ES2022", "--module", "NodeNext", "quickstart.ts")
  run(user, path.join(user, "node_modules/.bin/tsx"), quickstart)

  run(root, bin("publint"), "run", tarball, "--strict")
  const entrypoints = names.map((name) => name === manifest.name ? "." : `.${name.slice(manifest.name.length)}`)
  const briefly = ["--profile", "esm-only", "--no-definitely-typed", "--no-summary", "--format", "table-flipped"]
  run(root, bin("attw"), tarball, ...briefly, "--entrypoints", ...entrypoints)
}

/** A program that imports what it may, and fails if it may import what is private. */
const importing = (names, secret) => `
import assert from "node:assert/strict"
for (const name of ${JSON.stringify(names)}) {
  await import(name)
}
for (const name of ${JSON.stringify(secret)}) {
  await assert.rejects(import(name), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" }, name + " can be imported")
}
console.log("${names.length} names are imported, ${secret.length} are refused")
`

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "effect-glance-store-smoke-"))
try {
  smoke(directory)
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
