// What strangers, guessers and lost people meet; and mail that is not confidential at all.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { launch } from '../lib/browser.mjs'
import { CUSTOMER, EMPLOYEE, PASSWORD, activate, linkIn, message, signIn } from '../lib/customer.mjs'
import { startDemo } from '../lib/demo.mjs'
import { mailTo, outbox } from '../lib/outbox.mjs'
import { PEOPLE, arrive, journey } from '../lib/person.mjs'
import { send } from '../lib/smtp.mjs'

const NEIGHBOUR = 'anna@kundin.example'
/** More wrong passwords than anybody mistypes. */
const GUESSES_MAX = 10

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

for (const who of PEOPLE) {
  journey(`At the door: ${who.title} [P8]`, async (step, t) => {
    const demo = await startDemo('--no-sample')
    t.after(() => demo.stop())
    const person = await arrive(browser, who)
    t.after(() => person.leave())
    const { page, go, press, follow, look, field, expectHeading, expectText } = person

    await step('an ordinary mail goes out directly and untouched [C3]', async () => {
      const plain = message({ subject: 'Unser Fest im Sommer', text: 'Kommen Sie vorbei!\n' })
      await send(demo.smtp, { from: EMPLOYEE, to: NEIGHBOUR, message: plain })
      const arrived = await mailTo(demo, NEIGHBOUR)
      assert.equal(arrived.headers.subject, 'Unser Fest im Sommer')
      assert.ok(arrived.raw.includes(plain), 'every byte of it')
      assert.equal(linksTo(demo, arrived), 0)
    })

    await step('a tag in the subject makes it confidential, and is not shown [C1, C2, J1, J2]', async () => {
      const tagged = message({ subject: '[vertraulich] Ihr Befund', text: 'Alles in Ordnung.\n' })
      await send(demo.smtp, { from: EMPLOYEE, to: [NEIGHBOUR, CUSTOMER], message: tagged })
      for (const address of [NEIGHBOUR, CUSTOMER]) {
        const notice = await mailTo(demo, address, (mail) => linksTo(demo, mail) > 0)
        assert.match(notice.text, /Betreff: Ihr Befund/)
        assert.ok(!notice.raw.includes('Alles in Ordnung'))
        assert.deepEqual(notice.envelope.rcpt_to, [address], 'each has a mailbox and a notice of their own')
      }
      await activate(demo, person)
      await go(page.locator('.row a'))
      assert.equal(await person.heading(), 'Ihr Befund')
      await expectText('message-reply')
      await press('nav-sign-out')
    })

    await step('what belongs to others asks for sign-in, whatever it is [P7]', async () => {
      for (const path of ['/', '/sent', '/drafts', '/write', '/settings', '/settings/sessions', `/messages/${'a'.repeat(26)}`, '/messages/x/frame']) {
        const answer = await fetch(`${demo.portal}${path}`, { redirect: 'manual' })
        assert.equal(answer.status, 303, path)
        assert.match(answer.headers.get('location'), /^\/sign-in/, path)
      }
    })

    await step('a link that never was, a broken one and a missing page all help [J8, P7]', async () => {
      const real = linkIn(await mailTo(demo, NEIGHBOUR, (mail) => linksTo(demo, mail) > 0))
      const never = real.slice(0, -4) + (real.endsWith('AAAA') ? 'EEEE' : 'AAAA')
      const texts = []
      for (const link of [never, real.slice(0, -9), `${demo.portal}/activate/x`]) {
        await page.goto(link)
        await expectHeading('link-help-title')
        texts.push(await page.locator('main').textContent())
      }
      assert.deepEqual(texts, Array(3).fill(texts[0]))
      await look('link-help')
      await page.goto(`${demo.portal}/notices/AAAA`)
      await expectHeading('gone-title')
      await page.goto(`${demo.portal}/gibt/es/nicht`)
      await expectHeading('not-found-title')
      await look('not-found')
    })

    await step('sign-in says what is wrong, alike for known and unknown addresses [J5, P7]', async () => {
      await page.goto(demo.portal)
      await expectText('sign-in-lead', { organisation: 'Alpenblick Versicherung' })
      await look('sign-in-plain')
      await field('sign-in-address').fill('erika')
      await press('sign-in-button')
      await expectText('problem-address-malformed')
      await expectText('problem-password-missing')
      await look('sign-in-missing')
      const answers = []
      for (const address of [CUSTOMER, NEIGHBOUR, 'niemand@kundin.example']) {
        await field('sign-in-address').fill(address)
        await field('password').fill('Drei Möwen stricken nachts')
        await press('sign-in-button')
        await expectText('problem-sign-in-refused')
        answers.push(await page.locator('main').textContent())
      }
      assert.deepEqual(answers, Array(3).fill(answers[0]))
    })

    await step('the page about e-mail providers takes any address, and asks nobody about our own [P7, P8]', async () => {
      await page.goto(demo.portal)
      await follow('provider-link')
      await expectHeading('provider-title')
      await look('provider')
      await field('provider-address').fill('erika@localhost')
      await press('provider-button')
      await person.expectProblem('address', 'problem-address-malformed')
      await look('provider-malformed')
      await field('provider-address').fill(EMPLOYEE)
      await press('provider-button')
      await expectHeading('provider-own')
      assert.ok(!page.url().includes('@') && !page.url().includes('?'), 'an address in the URL would lie in logs')
      await look('provider-own')
      await follow('provider-another')
      await expectHeading('provider-title')
    })

    await step('guessing is slowed down, and the owner gets in all the same [J5, J6]', async () => {
      const guesser = await arrive(browser, who)
      for (let guess = 0; guess < GUESSES_MAX; guess += 1) {
        await guesser.page.goto(`${demo.portal}/sign-in`)
        await signIn(guesser, `Drei Möwen stricken ${guess}`, CUSTOMER)
        if (await guesser.page.locator('#wait').count() > 0) break
      }
      await guesser.expectText('wait-title')
      await guesser.look('too-many')
      await guesser.leave()
      await page.goto(demo.portal)
      await signIn(person, PASSWORD, CUSTOMER)
      await expectHeading('nav-inbox')
    })

    await step('a form from an old page changes nothing, and says so', async () => {
      await page.locator('input[name=csrf]').first().evaluate((input) => { input.value = 'x' })
      await press('nav-sign-out')
      await expectHeading('outdated-title')
      await look('form-outdated')
      await page.goto(demo.portal)
      await expectHeading('nav-inbox')
      assert.equal((await outbox(demo)).length, 4)
    })
  })
}

/** How many links of a mail lead into the portal. */
function linksTo(demo, mail) {
  return mail.raw.toString('latin1').split(`${demo.portal}/activate/`).length - 1
}
