import type { UnreadFact } from '#base/errors.ts'
import type { Evidence } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import type { AccessReader } from './access.ts'
import type { Caller } from './access-caller.ts'

/** How a pod comes to an AWS identity; a role or user that is asked about comes by itself. */
export type MechanismName = 'itself' | 'irsa' | 'pod-identity' | 'node' | 'static-keys' | 'profile' | 'none'

export const mechanismText: Readonly<Record<MechanismName, string>> = {
  itself: 'itself',
  irsa: 'IRSA',
  'pod-identity': 'Pod Identity',
  node: 'the node',
  'static-keys': 'static keys',
  profile: 'a profile',
  none: 'nothing',
}

/** One step from the workload to its role. */
export interface Step {
  readonly text: string
  readonly at?: Evidence
}

/** Whether the pod gets its session at all. */
export type SessionState =
  | { readonly is: 'holds'; readonly caller: Caller }
  /** AWS hands out no session, so nothing is allowed and nothing is denied by a policy. */
  | { readonly is: 'refused'; readonly reason: string; readonly at: readonly Evidence[] }
  /** Nobody could tell. What the session could do is worth asking all the same. */
  | { readonly is: 'unknown'; readonly fact: UnreadFact; readonly caller?: Caller }

export interface Mechanism {
  readonly by: MechanismName
  /** From the workload's side to the role's. */
  readonly steps: readonly Step[]
  readonly roleArn?: string
  readonly session: SessionState
}

/** The kinds that tell which AWS identity a pod has. */
export const mechanismKinds = [
  'aws/ec2/Instance',
  'aws/eks/Cluster',
  'aws/eks/PodIdentityAssociation',
  'aws/iam/OpenIDConnectProvider',
  'k8s/Node',
  'k8s/ServiceAccount',
] as const

export type MechanismReader = AccessReader & Reader<(typeof mechanismKinds)[number]>
