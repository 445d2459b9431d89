// The portal's own words, from the files that it is built with, so that a journey presses what a person would read.

import { readdirSync, readFileSync } from 'node:fs'

const locales = new URL('../../crates/render/locales/', import.meta.url)

/** A function from the key of a text to the text in `language` (`de`, `en`), with `{ $name }` filled in from `given`. */
export function wordsOf(language) {
  const folder = new URL(`${language}/`, locales)
  const texts = new Map()
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
      const [, key, text] = /^([\w-]+) = (.+)$/.exec(line) ?? []
      if (key) texts.set(key, text)
    }
  }
  return (key, given = {}) => {
    const text = texts.get(key)
    if (text === undefined) throw new Error(`no text "${key}" in ${language}`)
    return text.replace(/\{ \$(\w+) \}/g, (_, name) => given[name])
  }
}
