import { defineConfig } from "vitest/config"
import unit from "./vitest.config.js"

/** Tests against real services, which `npm test` never runs: the set-up installs and starts what they need. */
export default defineConfig({
  ...unit,
  test: {
    ...unit.test,
    include: ["test/**/*.integration.test.ts"],
    exclude: [],
    globalSetup: "test/services/setup.ts",
    testTimeout: 120_000,
    hookTimeout: 600_000
  }
})
