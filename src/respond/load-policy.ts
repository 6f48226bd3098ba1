import { readFileSync } from 'node:fs'
import { OperatorError } from '../domain/operator-error.ts'
import { defaultPolicyText, type Policy, parsePolicy } from './policy.ts'
import { revokers } from './revokers/index.ts'

/**
 * The policy that the settings name: a file, the text itself, or the built-in dry run.
 *
 * @throws OperatorError with every fault at once
 */
export function loadPolicy(settings: {
  readonly policyFile: string
  readonly policy: string
}): Policy {
  const text = settings.policyFile === '' ? settings.policy : readPolicy(settings.policyFile)
  const result = parsePolicy(
    text.trim() === '' ? defaultPolicyText : text,
    revokers.map(({ id }) => id),
  )
  if (result.ok) return result.policy
  throw new OperatorError(result.faults)
}

function readPolicy(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new OperatorError(
      [
        {
          path: 'respond.policyFile',
          problem: `${file} cannot be read`,
          remedy: 'Give the path of a readable YAML file.',
        },
      ],
      { cause },
    )
  }
}
