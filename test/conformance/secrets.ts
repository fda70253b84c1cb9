/** What is shown of a location that holds credentials: not the credentials. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as Location from "../../src/Location.js"
import * as Store from "../../src/Store.js"
import { type Chapter, forAll, law } from "./law.js"
import { printed, watched } from "./tracing.js"

const word = FastCheck.stringMatching(/^[A-Za-z0-9+_-]{10,30}$/u)

/** Nothing listens on this port, for the stores that would ask the host. */
const host = "127.0.0.1:1"

const anyOperation = (location: Location.Location) =>
  Effect.map(Store.Store, (store): ReadonlyArray<Effect.Effect<unknown, unknown>> => [
    Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => Stream.runDrain(data))),
    Effect.scoped(Effect.flatMap(store.get(location, { offset: 1, length: 1 }), ({ data }) => Stream.runDrain(data))),
    store.getSize(location),
    store.delete(location),
    store.setAcls(location, { public: false, readTenants: [], writeTenants: [] })
  ])

export const secrets: Chapter = {
  name: "credentials in a location",
  needs: [],
  laws: [
    law("are in no error, span, log or print of an operation, whatever it ends with", ({ schemes }) =>
      forAll(
        FastCheck.record({
          scheme: FastCheck.constantFrom(...schemes),
          user: word.map((name) => `user${name}`),
          secret: word,
          rest: word,
          shape: FastCheck.nat(3)
        }),
        ({ rest, scheme, secret, shape, user }) =>
          Effect.gen(function*() {
            const uri = [
              `${scheme}://${user}:${secret}@${host}/container/image`,
              `${scheme}://${user}:${secret}/${rest}@${host}/container/image`,
              `${scheme}://account:${user}:${secret}@${host}/v1/container/image`,
              `${scheme}://${host}/image?user=${user}&signature=${secret}`
            ][shape]
            const location = yield* Location.fromUri(uri ?? "")
            for (const operation of yield* anyOperation(location)) {
              const { exit, seen } = yield* watched(operation)
              const shown = printed(exit, seen)
              assert.notInclude(shown, secret)
              assert.notInclude(shown, user)
              assert.notInclude(shown, `${rest}@`)
            }
          }),
        20
      ))
  ],
  // It applies to all.
  otherwise: []
}
