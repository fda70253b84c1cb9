/** The stores of an operator's glance-api.conf, as they are; and every problem of one that is not right. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import { Backend, FileStore, GlanceConf } from "effect-glance-store"
import * as HttpStore from "effect-glance-store/HttpStore"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const conf = (directory: string) => `
[DEFAULT]
enabled_backends = fast:file, cheap:file, web:http

[glance_store]
default_backend = fast

[backend_defaults]
filesystem_store_timeout = 45

[fast]
store_description = "SSD pool"
weight = 10
filesystem_store_datadir = ${directory}/fast

[cheap]
filesystem_store_datadirs = ${directory}/a:200
filesystem_store_datadirs = ${directory}/b:100

[web]
`

/** The kinds of stores that the file may name. What is not here is not loaded. */
const kinds = [FileStore.kind, HttpStore.kind]

const program = Effect.gen(function*() {
  for (const { description, id, schemes, weight } of (yield* Backend.getStoresInfo).stores) {
    yield* Console.log(`${id}: ${schemes.join(", ")}; weight ${weight}${description ? `; ${description}` : ""}`)
  }
  const image = yield* Backend.addToBackend("image-1", Stream.make(new TextEncoder().encode("an image")))
  yield* Console.log(`${image.size} bytes in the store ${image.metadata["store"]}`)
})

Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const directory = yield* files.makeTempDirectoryScoped({ prefix: "glance-conf-" })
  const file = `${directory}/glance-api.conf`
  yield* files.writeFileString(file, conf(directory))
  yield* Effect.provide(program, GlanceConf.layer({ files: [file], kinds }))

  const broken = conf("/srv").replace("weight = 10", "weight = ten").replace("_datadir =", "_datadirr =")
  const problems = yield* Effect.flip(GlanceConf.fromTexts([{ file: "broken.conf", text: broken }], { kinds }))
  yield* Console.log(problems.message)
}).pipe(Effect.scoped, Effect.provide(NodeContext.layer), NodeRuntime.runMain)
