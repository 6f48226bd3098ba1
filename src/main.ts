#!/usr/bin/env -S node --max-semi-space-size=128
// An event is many objects that live for milliseconds. In the small space that Node has for young objects
// they are copied, twice, before they die: that costs a quarter of the processor time.
import { run } from './cli/run.ts'

// A reader that has seen enough, as in `tokenwatch scan … | head`, is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2))
