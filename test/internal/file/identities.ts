/** What an operator may call a store, and what that adds to the metadata of its images. */
import type * as Store from "../../../src/Store.js"

export const identities: ReadonlyArray<{
  readonly name: string
  readonly identity: Store.Identity | undefined
  readonly stamp: Readonly<Record<string, string>>
}> = [
  { name: "without an id", identity: undefined, stamp: {} },
  { name: "with an id", identity: { id: "file1" }, stamp: { store: "file1" } }
]
