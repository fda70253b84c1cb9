/**
 * What the operating system says, in the words of stores.
 *
 * @internal
 */
import {
  BackendException,
  DuplicateImage,
  ImageNotFound,
  InvalidArgument,
  StorageDeleteDenied,
  StorageFull,
  StorageWriteDenied
} from "../../StoreError.js"
import { DiskError } from "../disk/disk.js"

/** @internal */
export const ofAdd = (store: string, imageId: string) =>
  translate(({ cause, code }) => {
    switch (code) {
      case "ENOSPC":
        return new StorageFull({ store, reason: "no space is left on the device", cause })
      case "EDQUOT":
        return new StorageFull({ store, reason: "the quota is used up", cause })
      case "EFBIG":
        return new StorageFull({ store, reason: "the file would be larger than is allowed", cause })
      case "EACCES":
      case "EPERM":
      case "EROFS":
        return new StorageWriteDenied({ store, cause })
      case "EEXIST":
        return new DuplicateImage({ store, imageId })
      case "ENAMETOOLONG":
        return new InvalidArgument({
          argument: "imageId",
          received: JSON.stringify(imageId),
          allowed: "short enough for a file name in the data directory"
        })
      default:
        return new BackendException({ store, operation: "add", cause })
    }
  })

/** @internal */
export const ofGet = (store: string, operation: "get" | "getSize", uri: string) =>
  translate(({ cause, code }) =>
    namesNoFile.has(code) ? new ImageNotFound({ uri }) : new BackendException({ store, operation, cause })
  )

/** @internal */
export const ofDelete = (store: string, uri: string) =>
  translate(({ cause, code }) =>
    namesNoFile.has(code)
      ? new ImageNotFound({ uri })
      : forbids.has(code)
      ? new StorageDeleteDenied({ uri, cause })
      : new BackendException({ store, operation: "delete", cause })
  )

/**
 * Where there is nothing to be said but that it failed.
 *
 * @internal
 */
export const ofCall = (store: string, operation: string) =>
  translate(({ cause }) => new BackendException({ store, operation, cause }))

// -----------------------------------------------------------------------------

const translate = <E>(inOurWords: (error: DiskError) => E) => <E0>(error: E0 | DiskError): E | E0 =>
  error instanceof DiskError ? inOurWords(error) : error

/** ELOOP is what opening a symbolic link gives where links are not followed. */
const namesNoFile = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "ENAMETOOLONG"])

const forbids = new Set(["EACCES", "EPERM", "EROFS"])
