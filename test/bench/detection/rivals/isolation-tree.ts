import type { Random } from '../../../../src/simulate/random.ts'

export type IsolationNode =
  | { readonly isLeaf: true; readonly depth: number }
  | {
      readonly isLeaf: false
      readonly feature: number
      readonly split: number
      readonly below: IsolationNode
      readonly above: IsolationNode
    }

const depthMax = 8

/** Splits at random values of random features until rows are alone or the tree is deep enough. */
export function growTree(rows: readonly number[][], random: Random, depth = 0): IsolationNode {
  const leaf = { isLeaf: true, depth: depth + averageDepth(rows.length) } as const
  if (rows.length <= 1 || depth >= depthMax) return leaf
  const spread = featuresThatVary(rows)
  if (spread.length === 0) return leaf
  const feature = random.pick(spread)
  const values = rows.map(row => row[feature] ?? 0)
  const low = Math.min(...values)
  const split = low + random.next() * (Math.max(...values) - low)
  return {
    isLeaf: false,
    feature,
    split,
    below: growTree(
      rows.filter(row => (row[feature] ?? 0) < split),
      random,
      depth + 1,
    ),
    above: growTree(
      rows.filter(row => (row[feature] ?? 0) >= split),
      random,
      depth + 1,
    ),
  }
}

function featuresThatVary(rows: readonly number[][]): number[] {
  const [first = []] = rows
  return [...first.keys()].filter(feature => rows.some(row => row[feature] !== first[feature]))
}

export function isolationDepth(tree: IsolationNode, row: readonly number[]): number {
  let node = tree
  while (!node.isLeaf) node = (row[node.feature] ?? 0) < node.split ? node.below : node.above
  return node.depth
}

/** Mean depth of an unsuccessful search in a binary tree of that many rows. */
export function averageDepth(rows: number): number {
  if (rows < 2) return 0
  const harmonic = Math.log(rows - 1) + 0.577_215_664_9
  return 2 * harmonic - (2 * (rows - 1)) / rows
}
