/** The little XML that S3 speaks. */

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }

/** An element with text. */
export const text = (name: string, value: string | number | boolean): string =>
  `<${name}>${String(value).replace(/[&<>"]/gu, (character) => escapes[character] ?? character)}</${name}>`

/** An element of elements. */
export const element = (name: string, ...children: ReadonlyArray<string>): string =>
  `<${name}>${children.join("")}</${name}>`

/** A whole answer. */
export const document = (name: string, ...children: ReadonlyArray<string>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
    children.join("")
  }</${name}>`

/** An answer that says no. S3 has no namespace there. */
export const error = (details: Readonly<Record<string, string | number>>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${
    element("Error", ...Object.entries(details).map(([name, value]) => text(name, value)))
  }`

/** The contents of every element of the name, however deep; good for the flat bodies that clients send. */
export const contents = (xml: string, name: string): ReadonlyArray<string> =>
  Array.from(
    xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "gu")),
    ([, inner = ""]) => unescaped(inner)
  )

const unescaped = (inner: string) =>
  inner.replace(/&(amp|lt|gt|quot|#34);/gu, (entity) =>
    entity === "&#34;"
      ? "\""
      : Object.entries(escapes).find(([, escape]) => escape === entity)?.[0] ?? entity)
