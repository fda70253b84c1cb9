/** undici alone, as one reads a body with it. */
import { Agent } from "@effect/platform-node/Undici"
import { randomUUID } from "node:crypto"
import { symlinkSync } from "node:fs"
import { main, type Repertoire } from "../child.js"

await main(
  {
    "undici": {
      get: async ({ source, web }) => {
        if (web === undefined) throw new Error("there is no web server to ask")
        const name = randomUUID()
        symlinkSync(source, `${web.directory}/${name}`)
        const agent = new Agent()
        return async () => {
          const { body } = await agent.request({ origin: web.origin, path: `/${name}`, method: "GET" })
          let bytes = 0
          for await (const chunk of body) bytes += chunk.length
          await agent.close()
          return { bytes }
        }
      }
    }
  } satisfies Readonly<Record<string, Repertoire>>
)
