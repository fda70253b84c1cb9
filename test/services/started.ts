/** A service of this run of the integration tests: the first test file that asks starts it, the others find it there. */
import * as Effect from "effect/Effect"
import { inject } from "vitest"
import { type Name, type Nginx, type Service, start, startNginx } from "./control.js"

declare module "vitest" {
  interface ProvidedContext {
    /** Where the services of this run live, each in a directory of its name, and the process they end with. */
    readonly services: { readonly directory: string; readonly owner: number }
  }
}

export const started = (name: Exclude<Name, "nginx">): Effect.Effect<Service> =>
  Effect.suspend(() => {
    const { directory, owner } = inject("services")
    return Effect.orDie(start(name, directory, owner))
  })

export const startedNginx: Effect.Effect<Nginx> = Effect.suspend(() => {
  const { directory, owner } = inject("services")
  return Effect.orDie(startNginx(directory, owner))
})
