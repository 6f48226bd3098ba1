/**
 * How well misused tokens are found, on simulated worlds of three makes, beside three simple rivals.
 *   npm run bench:detection -- [--seeds 41,42,43,44] [--worlds gateway,fleet,models]
 *     [--attacked | --clean] [--tokens N] [--days N] [--false-alerts N] [--missed N]
 *
 * Worlds with attacks give recall, worlds without them (`--clean`: only those) what of the budget of
 * false alerts is spent. `--false-alerts N` and `--missed N` print
 * the N worst of them and the N attacks that were nearly found, for people to look at.
 */
import { scorerVersion } from '../../src/score/scorer-version.ts'
import { printFalseAlerts } from './detection/false-alerts.ts'
import { type Measured, measureWorld } from './detection/measure-world.ts'
import { printMissedAttacks } from './detection/missed-attacks.ts'
import { printResults } from './detection/print-results.ts'
import { makes } from './detection/worlds/makes.ts'
import { numberOption, print, report, round, textOption } from './report.ts'

const seeds = textOption('seeds', '41,42,43,44').split(',').map(Number)
const names = textOption('worlds', makes.map(({ name }) => name).join(',')).split(',')
const has = (flag: string) => process.argv.includes(`--${flag}`)
const falseAlertsShown = numberOption('false-alerts', 0, 0)
const missedShown = numberOption('missed', 0, 0)
const given = (name: string) => (has(name) ? numberOption(name, 1) : undefined)

const unknown = names.filter(name => !makes.some(make => make.name === name))
if (unknown.length > 0) throw new RangeError(`no such worlds: ${unknown.join(', ')}`)
if (!seeds.every(Number.isSafeInteger)) throw new RangeError('--seeds must be whole numbers')

function measureAll(hasAttacks: boolean): Measured[] {
  const measured: Measured[] = []
  for (const make of makes.filter(({ name }) => names.includes(name))) {
    for (const seed of seeds) {
      const options = { seed, tokens: given('tokens'), days: given('days'), hasAttacks }
      const one = measureWorld(make, { ...options, hasRivals: hasAttacks })
      measured.push(one)
      const { runs, events, attackedTokenDays, scorerMicroseconds } = one
      const [run] = runs.values()
      const share = round((100 * attackedTokenDays) / (run?.tokenDays ?? 1), 2)
      print(
        `${make.name} ${seed}${hasAttacks ? '' : ' clean'}: ${events} events, ${run?.tokenDays} token-days, ${run?.attacks.length} attacks on ${share} % of them, ${round(scorerMicroseconds, 1)} us an event`,
      )
    }
  }
  return measured
}

const attacked = has('clean') ? [] : measureAll(true)
const clean = has('attacked') ? [] : measureAll(false)
const results = printResults({ attacked, clean })
if (falseAlertsShown > 0) printFalseAlerts(clean.length > 0 ? clean : attacked, falseAlertsShown)
if (missedShown > 0) printMissedAttacks(attacked, missedShown)
report({
  bench: 'detection',
  seed: seeds[0] ?? 0,
  versions: { scorer: scorerVersion },
  results: { seeds, ...results },
})
