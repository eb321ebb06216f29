import type { NetworkInput } from './aws-input.ts'
import type { AwsLayer } from './aws/aws-layer.ts'
import type { VerdictCode } from './aws/rows.ts'
import type { EndFinder, NetworkEnd } from './find-ends.ts'
import type { Traffic } from './network.ts'
import type { PolicyLayer } from './policy-layer.ts'
import type { PathAnswer, Question } from './question.ts'

/** What the parts of the combination share. */
export interface Joined {
  readonly input: NetworkInput
  readonly aws: AwsLayer
  readonly policies: PolicyLayer
  readonly ends: EndFinder
  /** Both layers, of two single ends. */
  readonly code: (from: NetworkEnd, to: NetworkEnd, isOnOneNode: boolean, traffic: Traffic) => VerdictCode
  readonly policyCode: (from: NetworkEnd, to: NetworkEnd, traffic: Traffic) => VerdictCode
  readonly path: (from: NetworkEnd, to: NetworkEnd, isOnOneNode: boolean, traffic: Traffic) => PathAnswer
}

export type Placement = 'same-node' | 'other-node' | 'either'

/** Where the ends are, unless the question moves them. Only pods and nodes share nodes; on a node of its own, such as Fargate's, is nobody else. */
export function placementOf(from: NetworkEnd, to: NetworkEnd, asked: Question['placement']): Placement {
  const isOnNodes = [from, to].every(({ node, isUnplaced }) => node !== undefined || isUnplaced)
  if (!isOnNodes) return 'other-node'
  if (asked !== undefined) return asked
  if (from.isUnplaced || to.isUnplaced) return 'either'
  return from.node === to.node ? 'same-node' : 'other-node'
}
