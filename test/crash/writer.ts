/**
 * A process that adds images and may be killed, or kills itself, at any moment. Its argument is a `Plan` as JSON. It says
 * `ready` when its store is made and then waits for a byte on its standard input; of a plan of one image it reports how that
 * ended.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { once } from "node:events"
import * as process from "node:process"
import * as FileStore from "../../src/FileStore.js"
import * as Hashing from "../../src/Hashing.js"
import * as Faults from "../internal/file/Faults.js"
import * as Image from "../internal/file/Image.js"
import * as Reader from "../internal/file/Reader.js"

export interface Plan {
  readonly options: FileStore.Options
  /** Whether the file system has hard links; if not said it is as it is. */
  readonly links?: boolean
  /** Whether every image is hashed in threads; if not said none is. */
  readonly threads?: boolean
  /** One image, or one after the other until somebody ends it. */
  readonly image: Description | "many"
  /** In which call of the add the process is killed. */
  readonly suicide?: {
    readonly call: number
    readonly moment: "before" | "during" | "after"
  }
  /** Whom the process becomes before it makes its store. */
  readonly uid?: number
  /** A location to delete after the add. */
  readonly remove?: string
}

export interface Description {
  readonly imageId: string
  readonly size: number
  readonly seed: number
}

export interface Report {
  /** The checksum, or the tag of the error. */
  readonly outcome: string
  /** Code of the operating system's error behind it. */
  readonly code?: string | undefined
  /** The system calls of the add. */
  readonly calls: ReadonlyArray<string>
  readonly removal?: string
}

export const bytesOf = ({ seed, size }: Description): Uint8Array => Image.noise(size, seed)

/** An id that says what the image's bytes are. */
export const describe = (size: number, seed: number): Description => ({ imageId: `image-${size}-${seed}`, size, seed })

// -----------------------------------------------------------------------------

const die = () => process.kill(process.pid, "SIGKILL")

const say = (line: string) => process.stdout.write(`${line}\n`)

const codeOf = (error: object): string | undefined =>
  "cause" in error && error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : undefined

const outcome = (result: Either.Either<{ readonly checksum: string }, { readonly _tag: string }>) =>
  Either.match(result, {
    onLeft: (error) => ({ outcome: error._tag, code: codeOf(error) }),
    onRight: ({ checksum }) => ({ outcome: checksum })
  })

const follow = ({ image, links = true, options, remove, suicide }: Plan) =>
  Effect.gen(function*() {
    const faults = Faults.make()
    const store = yield* faults.inject(FileStore.make(options))
    const base: Faults.Rule = links ? (call) => call.proceed() : Faults.failing("EPERM", Faults.named("link"))
    const strikes = Faults.nth(suicide?.call ?? -1)
    const add = (wanted: Description) => store.add(wanted.imageId, Image.pieces(bytesOf(wanted), 1000))

    say("ready")
    yield* Effect.promise(() => once(process.stdin, "data"))
    faults.obey((call) => {
      if (!strikes()) return base(call)
      if (suicide?.moment === "before") return die()
      if (suicide?.moment === "after") return call.proceedSilently(die)
      base(call)
      die()
    })
    if (image === "many") {
      for (let seed = 1;; seed++) {
        yield* add(describe((seed * 7919) % 100_000, seed))
      }
    }
    const added = outcome(yield* Effect.either(add(image)))
    const calls = faults.seen().map(({ name }) => name)
    if (remove === undefined) return { ...added, calls }
    const removed = yield* Effect.either(Reader.remove(store, remove))
    return { ...added, calls, removal: Either.match(removed, { onLeft: ({ _tag }) => _tag, onRight: () => "removed" }) }
  })

const [, , argument] = process.argv
// Tests import the functions above, and come with other arguments.
if (argument?.startsWith("{") === true) {
  // What a test has made from a Plan.
  const plan = JSON.parse(argument) as Plan
  if (plan.uid !== undefined) {
    process.setgroups?.([])
    process.setgid?.(plan.uid)
    process.setuid?.(plan.uid)
  }
  const hashing = plan.threads === true ? Hashing.layerWorkers({ threads: 2, threshold: 0 }) : Hashing.layerInThread
  const reported = Effect.map(
    Effect.either(Effect.provide(follow(plan), hashing)),
    (followed): Report => Either.isRight(followed) ? followed.right : { outcome: followed.left._tag, calls: [] }
  )
  Effect.runFork(Effect.map(reported, (report) => {
    say(JSON.stringify(report))
    process.stdin.destroy()
  }))
}
