/**
 * The options of a configuration that are not a store's: which stores there are, and what can be said of each.
 *
 * @internal
 */
import type { StoreOption } from "../StoreOption.js"

/** @internal */
export const stores = {
  name: "stores",
  type: "list of strings",
  default: ["file", "http"],
  help: "The types of the stores to enable where stores have no ids. Use enabled_backends instead."
} satisfies StoreOption

/** @internal */
export const defaultStore = {
  name: "default_store",
  type: "string",
  default: "file",
  help: "The scheme of the store for images that name none. Use default_backend instead."
} satisfies StoreOption

/** @internal */
export const enabledBackends = {
  name: "enabled_backends",
  type: "map of strings",
  help: "The stores, each id:type, in their order. The options of each are in the group of its id."
} satisfies StoreOption

/** @internal */
export const defaultBackend = {
  name: "default_backend",
  type: "string",
  help: "The id of the store for images that name none. Without it each image has to name its store."
} satisfies StoreOption

/** @internal */
export const description = {
  name: "store_description",
  type: "string",
  help: "What users are told of the store."
} satisfies StoreOption

/** @internal */
export const weight = {
  name: "weight",
  type: "integer",
  default: 0,
  help: "Its preference among the stores, greater first. Not taken from backend_defaults."
} satisfies StoreOption
