// Loaded into the program before all else, in tests only: `Date` runs ahead or behind by the milliseconds that
// stand in the file FAULTS_CLOCK_FILE, which a test may change at any time. Timers and performance.now() go on
// as they are, as with a clock that somebody sets.
import { readFileSync } from 'node:fs'

const file = process.env['FAULTS_CLOCK_FILE']
const RealDate = Date
let shiftMs = 0

function read() {
  try {
    shiftMs = Number(readFileSync(file, 'utf8')) || 0
  } catch {
    // Not there yet, or being written.
  }
}
read()
setInterval(read, 50).unref()

const now = () => RealDate.now() + shiftMs
globalThis.Date = new Proxy(RealDate, {
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
})
