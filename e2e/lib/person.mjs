// A person at the portal: a browser in a language, on a screen, with or without scripts, and an eye for what a page must never do.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { DESK, PHONE, accessibilityFaults, close, isTooWide, open, picture } from './browser.mjs'
import { until } from './demo.mjs'
import { wordsOf } from './words.mjs'

/** The two people who walk every journey. */
export const PEOPLE = [
  { name: 'de-phone', title: 'German, 360 px, without JavaScript', language: 'de', viewport: PHONE, javaScriptEnabled: false },
  { name: 'en-desk', title: 'English, 1280 px, with JavaScript', language: 'en', viewport: DESK, javaScriptEnabled: true },
]

/** A page with its styles, as it comes over the wire. */
const PAGE_BYTES_MAX = 30_000
/** How long anything on a page may take to appear. */
const WAIT_MS_MAX = 10_000
/** The narrowest screen there is. */
const NARROW = { width: 320, height: 640 }

/** A new browser of this person. `page` is its tab; the rest is what the person does with it. */
export async function arrive(browser, who) {
  const { language, viewport, javaScriptEnabled, colorScheme } = who
  const page = await open(browser, { locale: language, viewport, javaScriptEnabled, colorScheme: colorScheme ?? 'light' })
  page.setDefaultTimeout(WAIT_MS_MAX)
  const say = wordsOf(language)
  const seen = watch(page)
  /** Follows a link or presses a button, and waits for the page that it leads to. */
  const go = (locator) => Promise.all([page.waitForEvent('load'), locator.click()])
  const heading = () => page.getByRole('heading', { level: 1 }).textContent()
  return {
    page, say,

    /** Judges the page as it stands: accessibility, width, weight, complaints of the browser; keeps a picture of it. */
    async look(name) {
      await page.waitForLoadState()
      assert.deepEqual(await accessibilityFaults(page), [], name)
      await assertFits(page, viewport, name)
      assert.deepEqual(page.strangers, [], `${name}: asked other machines`)
      assert.deepEqual(seen.complaints, [], `${name}: the browser complains`)
      const bytes = await seen.bytes()
      assert.ok(bytes < PAGE_BYTES_MAX, `${name}: ${bytes} bytes`)
      await picture(page, `${who.name}-${name}`)
    },

    go,
    press: (key, given) => go(page.getByRole('button', { name: say(key, given), exact: true })),
    follow: (key, given) => go(page.getByRole('link', { name: say(key, given), exact: true }).first()),
    /** Follows a link of the folders, whose name may end with a count. */
    turnTo: (key) => go(page.getByRole('navigation', { name: say('nav-label') }).getByRole('link', { name: say(key) })),
    field: (key) => page.getByLabel(say(key), { exact: true }),
    heading,
    async expectHeading(key, given) { assert.equal(await heading(), say(key, given)) },
    async expectText(key, given) {
      const text = (await page.locator('body').innerText()).replace(/\s+/g, ' ')
      assert.ok(text.includes(say(key, given).replace(/\s+/g, ' ')), `"${say(key, given)}" is not in: ${text}`)
    },
    /** The form came back: the summary has the focus and leads to the field, which says the same. */
    async expectProblem(field, key, given) {
      const summary = page.locator('#problems')
      await until(() => summary.evaluate((element) => element === document.activeElement), WAIT_MS_MAX, () => 'the summary has no focus')
      assert.equal(await summary.getByRole('link').textContent(), say(key, given))
      assert.equal(await summary.getByRole('link').getAttribute('href'), `#${field}`)
      assert.ok((await page.locator(`#${field}-problem`).innerText()).includes(say(key, given)))
    },
    /** Follows a link that saves a file, and returns its name and bytes. */
    async download(link) {
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
      return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
    },
    leave: () => close(page),
  }
}

/** Steps of one journey: the first that fails ends it, because the next would stand on it. */
export function journey(title, walk) {
  test(title, async (t) => {
    await walk(async (stepTitle, step) => {
      let reached = false
      await t.test(stepTitle, async () => {
        await step()
        reached = true
      })
      if (!reached) throw new Error(`the journey ended at "${stepTitle}"`)
    }, t)
  })
}

async function assertFits(page, viewport, name) {
  assert.equal(await isTooWide(page), false, `${name}: too wide for ${viewport.width} px`)
  if (viewport.width > PHONE.width) return
  await page.setViewportSize(NARROW)
  assert.equal(await isTooWide(page), false, `${name}: too wide for ${NARROW.width} px`)
  await page.setViewportSize(viewport)
}

/** Keeps what the browser complains of, and what the page that is open now has cost. What a message brings in its frame is not the page's. */
function watch(page) {
  const complaints = []
  let requests = []
  page.on('console', (message) => {
    const expected = /^Failed to load resource: the server responded with a status of 4\d\d/
    if (['error', 'warning'].includes(message.type()) && !expected.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (request.frame() !== page.mainFrame()) return
    if (request.isNavigationRequest()) requests = []
    requests.push(request)
  })
  page.on('response', (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) complaints.push(`${response.status()} ${response.url()}`)
  })
  const bytes = async () => {
    const sizes = await Promise.all(requests.map((request) => request.sizes()))
    return sizes.reduce((sum, size) => sum + size.responseBodySize, 0)
  }
  return { complaints, bytes }
}
