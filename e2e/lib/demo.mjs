// A demo of Siegelpost for one journey: its own data folder, its own ports, gone when the journey ends.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long the demo may take until it has printed where its doors are. */
const START_MS_MAX = 30_000
/** How long it may take to stop when asked, before it is killed. */
const STOP_MS_MAX = 10_000

/**
 * Starts the demo that the environment variable SIEGELPOST names, and resolves when it has printed its addresses.
 *
 * `more` are further arguments, such as `--no-sample`. The result has the addresses of the doors, the data folder, what was
 * printed so far, and `stop()`.
 */
export async function startDemo(...more) {
  const program = process.env.SIEGELPOST
  if (!program) throw new Error('SIEGELPOST does not name the program under test; start this with `cargo xtask test --only e2e`')
  const data = await mkdtemp(join(tmpdir(), 'siegelpost-e2e-'))
  const [smtp, http, outbox] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`)
  const doors = ['--data', data, '--smtp', smtp, '--http', http, '--outbox', outbox]
  const child = spawn(program, ['demo', ...doors, ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = collect(child)
  const demo = {
    data, smtp, http, outbox,
    portal: `http://${http}`,
    printed: () => printed.text,
    async stop() {
      await stopChild(child)
      await rm(data, { recursive: true, force: true })
    },
  }
  try {
    await until(() => {
      if (printed.ended) throw new Error(`the demo ended by itself:\n${printed.text}`)
      return [smtp, http, outbox].every((address) => printed.text.includes(address))
    }, START_MS_MAX, () => `the demo did not print its addresses:\n${printed.text}`)
  } catch (error) {
    await demo.stop()
    throw error
  }
  return demo
}

/** Waits until `test` gives something true, and returns it; asks again every 50 ms. */
export async function until(test, timeLimitMs = 10_000, complaint = () => 'nothing came') {
  const end = performance.now() + timeLimitMs
  for (;;) {
    const found = await test()
    if (found) return found
    if (performance.now() > end) throw new Error(`${complaint()} (waited ${timeLimitMs} ms)`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function collect(child) {
  const printed = { text: '', ended: false }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { printed.text += text })
  child.on('error', (error) => { printed.text += error.message; printed.ended = true })
  child.on('exit', () => { printed.ended = true })
  return printed
}

async function stopChild(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  child.kill('SIGTERM')
  await ended
  clearTimeout(impatience)
}

/** Ports that were free a moment ago; all are held until the last is known, so that they differ. */
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => resolve(server))
  })))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
