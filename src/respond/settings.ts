import { type Static, Type } from 'typebox'
import { RevokerSettings } from './revokers/index.ts'

const HOUR_MS = 3_600_000

/** How the log stream is watched for the effect of an action. */
export const ContainmentSettings = Type.Object({
  graceMs: Type.Integer({
    default: 60_000,
    minimum: 0,
    maximum: 24 * HOUR_MS,
    description:
      'Time that gateway nodes have to take up an action, in milliseconds. Calls answered within it are counted but page nobody.',
  }),
  watchMs: Type.Integer({
    default: 72 * HOUR_MS,
    minimum: 60_000,
    maximum: 90 * 24 * HOUR_MS,
    description: 'How long a token is watched after an action, in milliseconds.',
  }),
  saveEveryMs: Type.Integer({
    default: 1_000,
    minimum: 10,
    maximum: 600_000,
    description: 'Changes of one action are saved at most this often, in milliseconds.',
  }),
  tokensMax: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Tokens with incidents whose nodes are learned, and watched actions; beyond it the oldest is let go.',
  }),
  nodesPerTokenMax: Type.Integer({
    default: 256,
    minimum: 1,
    maximum: 10_000,
    description: 'Gateway nodes told apart for one token; further ones are counted together.',
  }),
})
export type ContainmentSettings = Static<typeof ContainmentSettings>

export const RespondSettings = Type.Object(
  {
    policyFile: Type.String({
      default: '',
      maxLength: 1_000,
      description:
        'Path of the response policy (YAML). Empty: a built-in one that shows what it would revoke and touches nothing.',
    }),
    policy: Type.String({
      default: '',
      maxLength: 1_000_000,
      description: 'The response policy itself, instead of a file.',
    }),
    dryRun: Type.Boolean({
      default: true,
      description:
        'Turns every automatic and approvable action of the policy into a dry run. A person can still carry one out.',
    }),
    retryDelaysMs: Type.Array(Type.Integer({ minimum: 10, maximum: 24 * HOUR_MS }), {
      default: [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000],
      maxItems: 20,
      description:
        'Waits after the first failed attempt of an action, the second, …, in milliseconds, ± 20 %. When they are used up the action has failed.',
    }),
    executingMax: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 10_000,
      description: 'Actions under way at a time; one beyond it is withheld.',
    }),
    actionsRememberedMax: Type.Integer({
      default: 10_000,
      minimum: 100,
      maximum: 1_000_000,
      description: 'Actions kept in memory, newest first: what the caps are counted from.',
    }),
    revokers: RevokerSettings,
    containment: ContainmentSettings,
  },
  { description: 'What is done to a misused token, by whom, and whether it worked.' },
)
export type RespondSettings = Static<typeof RespondSettings>
