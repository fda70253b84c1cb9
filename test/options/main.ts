/** `npm run docs:options`: writes the two files that are made of the options. */
import * as fs from "node:fs"
import * as pages from "./pages.js"

fs.writeFileSync(new URL("../../docs/options.md", import.meta.url), pages.page())
fs.writeFileSync(new URL("../../docs/glance-api.conf.sample", import.meta.url), pages.sample())
