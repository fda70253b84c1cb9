/** S3 stores as stores, on Ceph's gateway and on the S3 API of Swift. */
import { suite } from "./conformance/suite.js"
import * as Held from "./s3/Held.js"
import { started } from "./services/started.js"

suite(
  "An S3 store on radosgw",
  Held.harness({ service: started("radosgw"), options: { preset: "ceph" } })
)

suite(
  "An S3 store on radosgw that puts every image in parts, with an id, locations of the original, and parallel reads",
  Held.harness({
    service: started("radosgw"),
    id: "ceph",
    options: {
      preset: "ceph",
      largeObjectSize: 0,
      largeObjectChunkSize: 5,
      legacyLocations: true,
      parallelReads: 3,
      readSize: 1
    }
  })
)

suite(
  "An S3 store on radosgw that takes nothing for granted",
  Held.harness({ service: started("radosgw"), options: {} })
)

suite(
  "An S3 store on Swift",
  Held.harness({ service: started("swift"), options: { preset: "swift-s3api" } })
)

suite(
  "An S3 store on Swift that puts every image in parts",
  Held.harness({ service: started("swift"), options: { preset: "swift-s3api", largeObjectSize: 0 } })
)
