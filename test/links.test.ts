/** Every relative link of the README, CONTRIBUTING, CHANGELOG and docs/ leads to a file, and to a heading in it. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

const markdownIn = (directory: string, recursive: boolean): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, directory), { recursive, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.posix.join(directory, file.split(path.sep).join("/")))
    .toSorted()

const pages = [...markdownIn(".", false), ...markdownIn("docs", true)]

/** The text without its code blocks, where neither a link nor a heading is one. */
const prose = (page: string): string =>
  fs.readFileSync(path.join(root, page), "utf8").replaceAll(/^(`{3,}|~{3,})[^]*?^\1/gm, "")

/** The targets of `[text](target)` and `[name]: target`. */
const linksIn = (page: string): ReadonlyArray<string> => {
  const text = prose(page).replaceAll(/`[^`\n]*`/g, "code")
  return [...text.matchAll(/\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1] ?? match[2] ?? "")
}

/** The anchors of a page's headings, made as GitHub makes them. */
const anchorsOf = (page: string): ReadonlySet<string> => {
  const seen = new Map<string, number>()
  const anchors = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => {
    const slug = heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, "").replaceAll(" ", "-")
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
  return new Set(anchors)
}

const faultOf = (page: string, link: string): string | undefined => {
  const [target = "", anchor] = link.split("#")
  const file = target === "" ? page : path.posix.join(path.posix.dirname(page), decodeURI(target))
  return file.startsWith("..")
    ? "leads out of the repository"
    : !fs.existsSync(path.join(root, file))
    ? "leads nowhere"
    : anchor !== undefined && !(file.endsWith(".md") && anchorsOf(file).has(anchor))
    ? "has no such heading"
    : undefined
}

const relativeLinks = pages.flatMap((page) =>
  linksIn(page).filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link)).map((link) => ({ page, link }))
)

describe("links", () => {
  it("every page of docs/ is there", () => {
    assert.includeMembers(pages, [
      "README.md",
      "CONTRIBUTING.md",
      "docs/architecture.md",
      "docs/coming-from-glance-store.md",
      "docs/errors.md",
      "docs/stores/file.md",
      "docs/stores/memory.md"
    ])
  })

  it("every relative link leads somewhere", () => {
    assert.isNotEmpty(relativeLinks)
    const broken = relativeLinks.flatMap(({ link, page }) => {
      const fault = faultOf(page, link)
      return fault === undefined ? [] : [`${page}: ${link} ${fault}`]
    })
    assert.deepStrictEqual(broken, [])
  })

  it("every page of docs/ can be reached from the README", () => {
    const reached = new Set(["README.md"])
    for (const page of reached) {
      for (const { link } of relativeLinks.filter((from) => from.page === page)) {
        const [target = ""] = link.split("#")
        if (target.endsWith(".md")) reached.add(path.posix.join(path.posix.dirname(page), target))
      }
    }
    assert.deepStrictEqual(pages.filter((page) => page.startsWith("docs/") && !reached.has(page)), [])
  })
})
