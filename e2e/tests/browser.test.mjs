// The browser tools see the faults that they are there to see.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DESK, PHONE, accessibilityFaults, isTooWide, launch, open } from '../lib/browser.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

const page = (body) => `<!doctype html><html lang="de"><head><title>Postfach</title></head><body><main>${body}</main></body></html>`

for (const javaScriptEnabled of [true, false]) {
  test(`faults of accessibility are found, with scripts ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const tab = await open(browser, { viewport: PHONE, javaScriptEnabled })
    await tab.setContent(page('<h1>Gut</h1><label>Name <input name="name"></label>'))
    assert.deepEqual(await accessibilityFaults(tab), [])
    await tab.setContent(page('<h1>Schlecht</h1><input name="name">'))
    const faults = await accessibilityFaults(tab)
    assert.equal(faults.length, 1)
    assert.match(faults[0], /^label: /)
  })
}

test('a page that is wider than its screen is noticed', async () => {
  const tab = await open(browser, { viewport: PHONE })
  await tab.setContent(page('<div style="width: 500px">breit</div>'))
  assert.equal(await isTooWide(tab), true)
  await tab.setViewportSize(DESK)
  assert.equal(await isTooWide(tab), false)
})

test('requests to other machines are refused and kept', async () => {
  const tab = await open(browser)
  await tab.setContent(page('<img alt="Zähler" src="http://tracker.example/pixel.png">'))
  assert.deepEqual(tab.strangers, ['http://tracker.example/pixel.png'])
})

test('without JavaScript a page runs no scripts', async () => {
  const tab = await open(browser, { javaScriptEnabled: false })
  await tab.setContent(page('<h1>vorher</h1><script>document.querySelector("h1").textContent = "nachher"</script>'))
  assert.equal(await tab.locator('h1').textContent(), 'vorher')
})
