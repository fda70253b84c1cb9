import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Vitest's set-up of the integration tests: installs the original glance_store, which they read and write with. */
export const setup = (): void => {
  execFileSync("bash", [fileURLToPath(new URL("install.sh", import.meta.url)), "oracle"], {
    stdio: ["ignore", "inherit", "inherit"]
  })
}
