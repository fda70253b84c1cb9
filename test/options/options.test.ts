/** That the files made of the options are up to date, and that the sample can be read. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as FileStore from "../../src/FileStore.js"
import * as GlanceConf from "../../src/GlanceConf.js"
import * as HttpStore from "../../src/HttpStore.js"
import * as S3Store from "../../src/S3Store.js"
import * as pages from "./pages.js"

const fileOf = (name: string) => fs.readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")

/** With all that is commented out, as an operator would begin. */
const uncommented = (text: string) => text.replaceAll(/^#(?=[a-z_0-9]+ =)/gmu, "")

describe("the files of npm run docs:options", () => {
  it("are up to date: run it again, if not", () => {
    assert.strictEqual(fileOf("options.md"), pages.page())
    assert.strictEqual(fileOf("glance-api.conf.sample"), pages.sample())
  })

  it("have every option of every store", () => {
    for (const { option } of [FileStore.kind, HttpStore.kind, S3Store.kind].flatMap(({ options }) => options)) {
      assert.include(fileOf("options.md"), `\`${option.name}\``)
      assert.include(fileOf("glance-api.conf.sample"), `\n#${option.name} =`)
      assert.isNotEmpty(option.help)
    }
  })

  it.effect("can be read, as the sample stands and with every default written out", () =>
    Effect.gen(function*() {
      const kinds = [FileStore.kind, HttpStore.kind, S3Store.kind]
      const sample = fileOf("glance-api.conf.sample")
      const { plan, warnings } = yield* GlanceConf.fromTexts([{ file: "sample", text: sample }], { kinds })
      assert.deepStrictEqual(plan.stores.map(({ type }) => type), ["file", "http", "s3"])
      assert.deepStrictEqual(warnings, [])
      const whole = yield* Effect.either(
        GlanceConf.fromTexts([{ file: "sample", text: uncommented(sample) }], { kinds })
      )
      const told = whole._tag === "Left" ? whole.left.problems.map(({ option }) => option) : []
      // What is unset by default has no default to write out.
      assert.deepStrictEqual(told, ["filesystem_store_metadata_file", "https_ca_certificates_file"])
    }))
})
