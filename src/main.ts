#!/usr/bin/env node
import { run } from './cli/run.ts'

// A reader that has seen enough, as in `tokenwatch scan … | head`, is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2))
