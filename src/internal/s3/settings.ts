/**
 * The options of an S3 store after they were understood, before anything was asked of the service.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { BadStoreConfiguration } from "../../StoreError.js"
import type { Policy } from "../remote/retrying.js"
import * as Presets from "./presets.js"
import * as Regions from "./regions.js"

type Secret = string | Redacted.Redacted

/** @internal */
export interface Options {
  readonly host?: string | undefined
  readonly regionName: string
  readonly accessKey?: Secret | undefined
  readonly secretKey?: Secret | undefined
  readonly sessionToken?: Secret | undefined
  readonly bucket?: string | undefined
  readonly createBucketOnPut: boolean
  readonly bucketUrlFormat: "auto" | "virtual" | "path"
  readonly largeObjectSize: number
  readonly largeObjectChunkSize: number
  readonly threadPools: number
  readonly cacert: string
  readonly enableDataIntegrityProtection: boolean
  readonly requestChecksumCalculation: "when_required" | "when_supported"
  readonly responseChecksumValidation: "when_required" | "when_supported"
  readonly preset?: Presets.Name | undefined
  readonly checksum?: Presets.Checksum | undefined
  readonly conditionalCreate?: boolean | undefined
  readonly legacyLocations: boolean
  readonly serviceAliases: ReadonlyArray<string>
  readonly parallelReads: number
  readonly readSize: number
  readonly retries: number
  readonly retryPause: number
  readonly connectTimeout: number
  readonly idleTimeout: number
  readonly encryption: "none" | "AES256" | "aws:kms"
  readonly kmsKeyId?: string | undefined
  readonly customerKey?: Secret | undefined
  readonly storageClass?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly tagDigests: boolean
  readonly degrade: boolean
}

/** @internal */
export interface Credentials {
  readonly access: Redacted.Redacted
  readonly secret: Redacted.Redacted
  readonly token: Redacted.Redacted | undefined
}

/** @internal */
export interface Settings {
  /** What errors call it. */
  readonly store: string
  /** Absent where the SDK knows it from the region. */
  readonly endpoint: string | undefined
  readonly secure: boolean
  /** As in a location: the host without its scheme. */
  readonly service: string
  /** Other names of it, which old locations have. */
  readonly aliases: ReadonlySet<string>
  readonly region: string
  /** Where a bucket is created; absent where the service is to choose. */
  readonly locationConstraint: string | undefined
  readonly pathStyle: boolean
  readonly cacert: string
  /** Absent where the SDK looks for them. */
  readonly credentials: Credentials | undefined
  /** Images are put here; absent in a store that only reads. */
  readonly bucket: string | undefined
  readonly createBucket: boolean
  /** Bytes from which an image is put in parts. */
  readonly threshold: number
  readonly partSize: number
  /** Parts under way at one time. */
  readonly concurrency: number
  readonly sdkChecksums: { readonly request: Mode; readonly response: Mode }
  readonly checksum: Presets.Checksum
  readonly conditionalPut: boolean
  readonly conditionalComplete: boolean
  readonly uniformParts: boolean
  readonly unsignedBodies: boolean
  readonly legacyLocations: boolean
  /** Ranges of one image that are read at one time, and their bytes. */
  readonly parallel: number
  readonly rangeSize: number
  readonly retrying: Policy
  readonly connectTimeout: Duration.Duration
  readonly idle: Duration.Duration
  readonly encryption: "none" | "AES256" | "aws:kms"
  readonly kmsKeyId: string | undefined
  readonly customerKey: Redacted.Redacted<Uint8Array> | undefined
  readonly storageClass: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly tagDigests: boolean
}

type Mode = "WHEN_REQUIRED" | "WHEN_SUPPORTED"

/**
 * With `degrade`, what only an add needs is left out where it is wrong, and a warning is logged.
 *
 * @internal
 */
export const fromOptions = (store: string, options: Options): Effect.Effect<Settings, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const refuse = (reason: string) => new BadStoreConfiguration({ store, reason })
    const service = yield* serviceOf(options, refuse)
    const credentials = yield* credentialsOf(options, refuse)
    const customerKey = yield* customerKeyOf(options, refuse)
    const bucket = yield* Either.match(writableBucket(options, service.pathStyle), {
      onRight: (name): Effect.Effect<string | undefined, BadStoreConfiguration> => Effect.succeed(name),
      onLeft: (reason) =>
        options.degrade
          ? Effect.as(
            Effect.logWarning(`${refuse(reason).message}; adding and deleting images is disabled`),
            undefined
          )
          : refuse(reason)
    })
    const preset = service.preset
    const protect = options.enableDataIntegrityProtection
    return {
      store,
      ...service,
      aliases: new Set(options.serviceAliases),
      cacert: options.cacert,
      credentials,
      bucket,
      createBucket: options.createBucketOnPut,
      threshold: options.largeObjectSize * mebibyte,
      partSize: Math.max(5, options.largeObjectChunkSize) * mebibyte,
      concurrency: Math.max(1, options.threadPools),
      sdkChecksums: {
        request: protect && options.requestChecksumCalculation === "when_supported"
          ? "WHEN_SUPPORTED"
          : "WHEN_REQUIRED",
        response: protect && options.responseChecksumValidation === "when_supported"
          ? "WHEN_SUPPORTED"
          : "WHEN_REQUIRED"
      },
      checksum: options.checksum ?? preset.checksum,
      conditionalPut: options.conditionalCreate ?? preset.conditionalPut,
      conditionalComplete: options.conditionalCreate ?? preset.conditionalComplete,
      uniformParts: preset.uniformParts,
      unsignedBodies: service.secure || preset.unsignedInClear,
      legacyLocations: options.legacyLocations,
      parallel: options.parallelReads,
      rangeSize: options.readSize * mebibyte,
      retrying: {
        retries: options.retries,
        pause: Duration.seconds(options.retryPause),
        longest: Duration.seconds(20)
      },
      connectTimeout: Duration.seconds(options.connectTimeout),
      idle: options.idleTimeout === 0 ? Duration.infinity : Duration.seconds(options.idleTimeout),
      encryption: options.encryption,
      kmsKeyId: options.kmsKeyId,
      customerKey,
      storageClass: options.storageClass,
      metadata: options.metadata,
      tags: options.tags,
      tagDigests: options.tagDigests
    }
  })

/**
 * What a bucket in a host name has to look like.
 *
 * @internal
 */
export const isDnsLabel = (bucket: string): boolean => /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/u.test(bucket)

const mebibyte = 1024 * 1024

// -----------------------------------------------------------------------------

type Refuse = (reason: string) => BadStoreConfiguration

type Service =
  & Pick<Settings, "endpoint" | "secure" | "service" | "region" | "locationConstraint" | "pathStyle">
  & { readonly preset: Presets.Preset }

/** glance_store's rules: a region that is configured or none leads to the host, one of its table to AWS itself. */
const serviceOf = (options: Options, refuse: Refuse): Effect.Effect<Service, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const { bucketUrlFormat, host = "", regionName } = options
    const named = options.preset ?? (host === "" || isAmazon(host) ? "aws" : "custom")
    if (host === "" && options.preset !== "aws") {
      return yield* refuse("s3_store_host is missing; only the preset aws can do without")
    }
    const preset = Presets.presets[named]
    if (host === "") {
      const region = regionName === "" ? preset.region : regionName
      const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
      return {
        endpoint: undefined,
        secure: true,
        service: `s3.${region}.${suffix}`,
        region,
        locationConstraint: constraint(regionName),
        pathStyle: bucketUrlFormat === "path",
        preset
      }
    }
    const url = /^https?:\/\//u.test(host) ? host : `http://${host}`
    if (!URL.canParse(url) || /[@?#]/u.test(url)) {
      return yield* refuse("s3_store_host must be a host, with a port and a path if need be, after http:// or https://")
    }
    const guessed = Regions.ofHost(host)
    const amazons = regionName === "" && guessed !== ""
    if (!/^https?:/u.test(host) && !amazons) {
      yield* Effect.logWarning(`s3_store_host has neither http:// nor https:// before it: ${url} is used`)
    }
    const region = [regionName, guessed, preset.region].find((name) => name !== "") ?? ""
    return {
      endpoint: amazons ? undefined : url.replace(/\/+$/u, ""),
      secure: host.startsWith("https://"),
      service: url.replace(/^https?:\/\//u, "").replace(/\/+$/u, ""),
      region,
      locationConstraint: constraint(regionName === "" ? guessed : regionName),
      pathStyle: amazons || bucketUrlFormat !== "auto"
        ? bucketUrlFormat === "path"
        : preset.addressing === "path" || !isAmazon(host),
      preset
    }
  })

/** AWS refuses the name of its first region as a constraint. */
const constraint = (region: string): string | undefined =>
  region === "" || region === "us-east-1" || region === "auto" ? undefined : region

const isAmazon = (host: string): boolean => /(?:^|\.|\/\/|-)amazonaws\.com(?:\.cn)?(?::\d+)?\/?$/u.test(host)

const credentialsOf = (
  options: Options,
  refuse: Refuse
): Effect.Effect<Credentials | undefined, BadStoreConfiguration> => {
  const [access, secret, token] = [options.accessKey, options.secretKey, options.sessionToken].map(redacted)
  if (access === undefined && secret === undefined && token === undefined) {
    return Effect.succeed(undefined)
  }
  return access === undefined || secret === undefined
    ? refuse(
      `${access === undefined ? "s3_store_access_key" : "s3_store_secret_key"} is missing; ` +
        "leave both out to have the AWS SDK look for credentials"
    )
    : Effect.succeed({ access, secret, token })
}

/** An option that is empty is one that is not there. */
const redacted = (secret: Secret | undefined): Redacted.Redacted | undefined => {
  const text = Redacted.isRedacted(secret) ? secret : Redacted.make(secret ?? "")
  return Redacted.value(text) === "" ? undefined : text
}

const customerKeyOf = (options: Options, refuse: Refuse) => {
  const key = redacted(options.customerKey)
  if (key === undefined) {
    return Effect.succeed(undefined)
  }
  if (options.encryption !== "none") {
    return refuse("customerKey and encryption exclude each other")
  }
  const bytes = Buffer.from(Redacted.value(key), "base64")
  return bytes.length === 32
    ? Effect.succeed(Redacted.make<Uint8Array>(bytes))
    : refuse("customerKey must be 32 bytes in base64")
}

/** In glance_store's order; an empty or zero value is a missing one. */
const writableBucket = (options: Options, pathStyle: boolean): Either.Either<string, string> => {
  const { bucket = "", largeObjectChunkSize, threadPools } = options
  const reason = bucket === ""
    ? "s3_store_bucket is missing"
    : bucket.includes("/")
    ? "s3_store_bucket must be a name without /"
    : !pathStyle && !isDnsLabel(bucket)
    ? `the bucket ${bucket} cannot be part of a host name: use the bucket URL format path`
    : largeObjectChunkSize === 0
    ? "s3_store_large_object_chunk_size is missing"
    : largeObjectChunkSize < 5
    ? "s3_store_large_object_chunk_size must be 5 or more: S3 takes no smaller parts"
    : threadPools === 0
    ? "s3_store_thread_pools is missing"
    : threadPools < 0
    ? "s3_store_thread_pools must be positive"
    : options.kmsKeyId !== undefined && options.encryption !== "aws:kms"
    ? "kmsKeyId needs the encryption aws:kms"
    : undefined
  return reason === undefined ? Either.right(bucket) : Either.left(reason)
}
