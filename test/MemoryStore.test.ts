import * as Capabilities from "../src/Capabilities.js"
import * as Memory from "./conformance/memory.js"
import { suite } from "./conformance/suite.js"

suite("A memory store", Memory.harness())

suite("A memory store with an id", Memory.harness({ id: "fast" }))

suite(
  "A memory store in the place of S3, without ranges and access lists",
  Memory.harness({ schemes: ["s3", "s3+http", "s3+https"], capabilities: Capabilities.make("read", "write") })
)
