import { expect, test } from 'vitest'
import { evidenceGroups } from '../../src/respond/evidence-groups.ts'
import { defaultPolicyText, parsePolicy } from '../../src/respond/policy.ts'
import { ruleDetectors, statisticalDetectors } from '../../src/score/detectors/index.ts'

test('every statistical detector belongs to one kind of evidence, and no other name does', () => {
  const grouped = Object.values(evidenceGroups).flat().sort()
  expect(grouped).toEqual(statisticalDetectors.map(({ id }) => id).sort())
})

test('every rule is certain evidence by default', () => {
  const parsed = parsePolicy(defaultPolicyText, ['webhook'])
  expect(parsed.ok && [...parsed.policy.certainDetectors].sort()).toEqual(
    ruleDetectors.map(({ id }) => id).sort(),
  )
})
