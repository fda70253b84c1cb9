import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type * as Scope from "effect/Scope"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as Digest from "../src/Digest.js"
import * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import type { HashingFailed, UnknownHashingAlgo } from "../src/StoreError.js"

/** What Python's hashlib makes of `abc` and of nothing. */
const vectors = [
  [
    "md5",
    "900150983cd24fb0d6963f7d28e17f72",
    "d41d8cd98f00b204e9800998ecf8427e"
  ],
  [
    "sha1",
    "a9993e364706816aba3e25717850c26c9cd0d89d",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709"
  ],
  [
    "sha224",
    "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"
  ],
  [
    "sha256",
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  ],
  [
    "sha384",
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
  ],
  [
    "sha512",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
  ],
  [
    "blake2b",
    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce"
  ],
  [
    "blake2s",
    "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
    "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9"
  ],
  [
    "sha3_224",
    "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
    "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"
  ],
  [
    "sha3_256",
    "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
  ],
  [
    "sha3_384",
    "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
    "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004"
  ],
  [
    "sha3_512",
    "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26"
  ],
  [
    "sha512_224",
    "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
    "6ed0dd02806fa89e25de060c19d3ac86cabb87d6a0ddd05c333b84f4"
  ],
  [
    "sha512_256",
    "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"
  ],
  [
    "ripemd160",
    "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    "9c1185a5c5e9fc54612808977ee8f548b2258d31"
  ],
  [
    "sm3",
    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
  ],
  [
    "md5-sha1",
    "900150983cd24fb0d6963f7d28e17f72a9993e364706816aba3e25717850c26c9cd0d89d",
    "d41d8cd98f00b204e9800998ecf8427eda39a3ee5e6b4b0d3255bfef95601890afd80709"
  ]
] as const

/** The same for SHAKE, by the length of the digest. */
const shakeVectors = [
  [
    "shake_128",
    1,
    "58",
    "7f"
  ],
  [
    "shake_128",
    16,
    "5881092dd818bf5cf8a3ddb793fbcba7",
    "7f9c2ba4e88f827d616045507605853e"
  ],
  [
    "shake_128",
    32,
    "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8",
    "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"
  ],
  [
    "shake_128",
    64,
    "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc844c50af32acd3f2cdd066568706f509bc1bdde58295dae3f891a9a0fca578378",
    "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef263cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
  ],
  [
    "shake_256",
    1,
    "48",
    "46"
  ],
  [
    "shake_256",
    16,
    "483366601360a8771c6863080cc4114d",
    "46b9dd2b0ba88d13233b3feb743eeb24"
  ],
  [
    "shake_256",
    32,
    "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739",
    "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
  ],
  [
    "shake_256",
    64,
    "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4",
    "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762fd75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be"
  ]
] as const

const abc = Stream.make(new TextEncoder().encode("abc"))

/** Bytes, and the places to cut them at; the same place twice makes an empty chunk. */
const cutBytes = FastCheck.uint8Array({ maxLength: 2000 }).chain((bytes) =>
  FastCheck.record({
    bytes: FastCheck.constant(bytes),
    cuts: FastCheck.array(FastCheck.nat({ max: bytes.length }), { maxLength: 12 })
  })
)

const chunksOf = (bytes: Uint8Array, cuts: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end))
}

describe("Digest", () => {
  it.effect.each(vectors)(
    "%s of abc and of nothing is hashlib's",
    ([algo, ofAbc, ofNothing]) =>
      Effect.gen(function*() {
        const some = yield* Stream.run(abc, Digest.sink(algo))
        assert.deepStrictEqual(some, { size: 3, checksum: "900150983cd24fb0d6963f7d28e17f72", multihash: ofAbc })
        const none = yield* Stream.run(Stream.empty, Digest.sink(algo))
        assert.deepStrictEqual(none, { size: 0, checksum: "d41d8cd98f00b204e9800998ecf8427e", multihash: ofNothing })
      })
  )

  it.effect.each(shakeVectors)(
    "%s of %i bytes of abc and of nothing is hashlib's",
    ([algo, length, ofAbc, ofNothing]) =>
      Effect.gen(function*() {
        const some = yield* Stream.run(abc, Digest.sink({ algo, length }))
        assert.strictEqual(some.multihash, ofAbc)
        const none = yield* Stream.run(Stream.empty, Digest.sink({ algo, length }))
        assert.strictEqual(none.multihash, ofNothing)
      })
  )

  it("there are vectors for every algorithm that works here", () => {
    const tested = new Set<string>([...vectors.map(([algo]) => algo), ...shakeVectors.map(([algo]) => algo)])
    assert.sameMembers([...tested], [...HashingAlgorithm.available()])
  })

  it.effect("without an algorithm there is a checksum and no multihash", () =>
    Effect.gen(function*() {
      const digest = yield* Stream.run(abc, Digest.sink())
      assert.deepStrictEqual(digest, { size: 3, checksum: "900150983cd24fb0d6963f7d28e17f72" })
    }))

  it.effect.prop(
    "any cutting of the bytes gives the same digest",
    { image: cutBytes, algo: FastCheck.constantFrom(...vectors.map(([algo]) => algo)) },
    ({ algo, image: { bytes, cuts } }) =>
      Effect.gen(function*() {
        const { nodeName } = yield* HashingAlgorithm.resolve(algo)
        const digest = yield* Stream.run(Stream.fromIterable(chunksOf(bytes, cuts)), Digest.sink(algo))
        assert.deepStrictEqual(digest, {
          size: bytes.length,
          checksum: createHash("md5").update(bytes).digest("hex"),
          multihash: createHash(nodeName).update(bytes).digest("hex")
        })
      })
  )

  it.scoped("has read the bytes when update returns, so their memory may be used again", () =>
    Effect.gen(function*() {
      const hasher = yield* Digest.make(yield* HashingAlgorithm.resolve("sha1"))
      const memory = new Uint8Array(1)
      for (const character of "abc") {
        memory[0] = character.charCodeAt(0)
        yield* hasher.update(memory)
      }
      memory[0] = 0
      assert.deepStrictEqual(yield* hasher.digest, {
        size: 3,
        checksum: "900150983cd24fb0d6963f7d28e17f72",
        multihash: "a9993e364706816aba3e25717850c26c9cd0d89d"
      })
    }))

  it.effect("a part of a larger memory is read as that part", () =>
    Effect.gen(function*() {
      const part = new TextEncoder().encode("xxabcxx").subarray(2, 5)
      const { checksum, size } = yield* Stream.run(Stream.make(part), Digest.sink())
      assert.deepStrictEqual({ checksum, size }, { size: 3, checksum: "900150983cd24fb0d6963f7d28e17f72" })
    }))

  it.effect("one sink run twice, even at once, gives each stream its own digest", () =>
    Effect.gen(function*() {
      const sink = Digest.sink("md5")
      const slowly = Stream.tap(Stream.make(...Array.from("abc", (c) => new TextEncoder().encode(c))), () =>
        Effect.yieldNow())
      const digests = yield* Effect.all([Stream.run(slowly, sink), Stream.run(slowly, sink)], { concurrency: 2 })
      assert.deepStrictEqual(
        digests.map(({ multihash }) =>
          multihash
        ),
        [
          "900150983cd24fb0d6963f7d28e17f72",
          "900150983cd24fb0d6963f7d28e17f72"
        ]
      )
    }))

  it.effect("an unknown algorithm is refused before a byte is pulled", () =>
    Effect.gen(function*() {
      let pulled = false
      const source = Stream.sync(() => {
        pulled = true
        return new Uint8Array(1)
      })
      const error = yield* Effect.flip(Stream.run(source, Digest.sink("SHA256")))
      assert.strictEqual(error._tag, "UnknownHashingAlgo")
      assert.isFalse(pulled)
    }))

  it("fails with UnknownHashingAlgo or with a thread, and a digester with a thread alone", () => {
    expectTypeOf(Digest.sink).returns.toEqualTypeOf<
      Sink.Sink<Digest.Digest, Uint8Array, never, UnknownHashingAlgo | HashingFailed>
    >()
    expectTypeOf(Digest.make).returns.toEqualTypeOf<Effect.Effect<Digest.Digester, HashingFailed, Scope.Scope>>()
    expectTypeOf<Digest.Digest["multihash"]>().toEqualTypeOf<string | undefined>()
  })
})
