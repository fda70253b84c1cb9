import * as Capabilities from "../../src/Capabilities.js"
import * as Reference from "./reference.js"
import { suite } from "./suite.js"

suite("The reference", Reference.harness())

suite("A stand-in that only reads", Reference.harness({ capabilities: Capabilities.make("read") }))

suite("A stand-in that reads ranges", Reference.harness({ capabilities: Capabilities.make("readRange") }))

suite("A stand-in that only writes", Reference.harness({ capabilities: Capabilities.make("write") }))

suite(
  "A stand-in that knows no ranges and no access lists",
  Reference.harness({ capabilities: Capabilities.make("read", "write") })
)
