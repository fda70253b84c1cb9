import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { checkImageId } from "../../../src/internal/file/fileLocation.js"
import { isTemporary, temporaryName } from "../../../src/internal/file/temporary.js"

const isId = (text: string) => Either.isRight(Effect.runSync(Effect.either(checkImageId(text))))

describe("the name of a temporary", () => {
  it.prop(
    "is one file name, recognised and no id, for any id",
    {
      imageId: FastCheck.oneof(FastCheck.string({ unit: "binary" }), FastCheck.string({ maxLength: 300 })).filter(isId)
    },
    ({ imageId }) => {
      const name = temporaryName(imageId)
      assert.isTrue(isTemporary(name))
      assert.isFalse(isId(name))
      assert.isFalse(isTemporary(imageId))
      assert.isAtMost(Buffer.byteLength(name), 255)
      assert.notInclude(name, "/")
      assert.notStrictEqual(temporaryName(imageId), name)
    },
    { fastCheck: { numRuns: 500 } }
  )
})
