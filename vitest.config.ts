import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const src = fileURLToPath(new URL("./src/", import.meta.url))

export default defineConfig({
  resolve: {
    // The library under its own name, read from the sources.
    alias: [
      { find: /^effect-glance-store$/, replacement: `${src}index.ts` },
      { find: /^effect-glance-store\/(.+)$/, replacement: `${src}$1.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.integration.test.ts"],
    sequence: { concurrent: true },
    testTimeout: 120_000,
    allowOnly: false
  }
})
