// The browser of a journey: Debian's Chromium, on a phone or on a desk, with a check of every page for accessibility.

import { accessSync, constants, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'

/** The two screens that every journey is walked on. */
export const PHONE = { width: 360, height: 740 }
export const DESK = { width: 1280, height: 900 }

/** What WCAG 2.2 AA asks for, as far as a program can judge it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** Starts Chromium; close it when the journey ends. */
export function launch() {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS })
}

/**
 * Opens an empty page as a person with this screen, language (`de`, `en`) and colour scheme would, with or without JavaScript.
 * Everything that the page asks another machine for is refused and kept in `page.strangers`.
 */
export async function open(browser, { javaScriptEnabled = true, ...person } = {}) {
  const settings = { viewport: DESK, locale: 'de', colorScheme: 'light', ...person }
  const context = await browser.newContext({ ...settings, javaScriptEnabled })
  const page = await context.newPage()
  page.strangers = []
  await context.route(isElsewhere, (route) => {
    page.strangers.push(route.request().url())
    return route.abort()
  })
  Object.assign(page, { settings, withoutScripts: !javaScriptEnabled })
  return page
}

/** Closes the page with all that belongs to it. */
export async function close(page) {
  await page.copies?.close()
  await page.context().close()
}

/** What a program finds wrong with the accessibility of the page: one line each, empty when all is well. */
export async function accessibilityFaults(page) {
  // What a sender wrote is not ours to mend: it stands in a frame, which is not looked into, or in the main part of a page to print.
  if (await isSandboxed(page)) return faultsOfCopy(page, ['main'])
  return page.withoutScripts ? faultsOfCopy(page, []) : faultsOf(page, [])
}

async function faultsOf(page, exclude) {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const { violations } = await page.evaluate(([exclude, rules]) => globalThis.axe.run({ exclude }, { runOnly: rules }), [exclude, RULES])
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`))
}

/**
 * The check is a script, which a page without scripts cannot run: it runs in a copy of the page, at the same address and with
 * the same cookies, whose policy keeps the page's own scripts off.
 */
async function faultsOfCopy(page, exclude) {
  const copies = await copiesOf(page)
  await copies.clearCookies()
  await copies.addCookies(await page.context().cookies())
  const copy = await copies.newPage()
  try {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "script-src 'none'" }
    const body = await page.content()
    const url = page.url().startsWith('http') ? page.url() : 'http://localhost/'
    await copy.route(url, (route) => route.fulfill({ headers, body }))
    await copy.goto(url)
    return await faultsOf(copy, exclude)
  } finally {
    await copy.close()
  }
}

/** Whether the page has no origin and so no scripts, like a message that is printed. */
function isSandboxed(page) {
  return page.url().startsWith('http') && page.evaluate(() => globalThis.origin === 'null')
}

/** Where the copies of a page are opened. */
async function copiesOf(page) {
  page.copies ??= await page.context().browser().newContext(page.settings)
  return page.copies
}

/** Whether the page is wider than its screen, so that a person must scroll sideways. */
export function isTooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
}

/** Keeps a picture of the whole page in the folder that SIEGELPOST_PICTURES names; does nothing without it. */
export async function picture(page, name) {
  const folder = process.env.SIEGELPOST_PICTURES
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

function isElsewhere(url) {
  return ['http:', 'https:'].includes(url.protocol) && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
    && !url.hostname.endsWith('.localhost')
}

export function findChromium() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return join(folder, name)
      } catch { /* not in this folder */ }
    }
  }
  throw new Error('no Chromium on the search path; `cargo xtask setup` installs it')
}
