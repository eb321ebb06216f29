import type { UnreadFact } from '#base/errors.ts'
import type { Kind } from '#model/kinds.ts'
import type { Resource } from '#model/resource.ts'
import type { Severity, Verdict } from '#model/verdict.ts'
import type { Reader, World } from '#model/world.ts'
import type { Workload, workloadKinds } from './workloads.ts'

/** What a check speaks about: a workload, or a resource of one kind. */
export type SubjectKind = 'workload' | Kind
export type Subject = Workload | Resource

type SubjectOf<S extends SubjectKind> = S extends Kind ? Resource<S> : Workload
type KindsOf<S extends SubjectKind> = S extends Kind ? S : (typeof workloadKinds)[number]

export interface Context<S extends SubjectKind, R extends Kind> {
  readonly subject: SubjectOf<S>
  /** Only the kinds that the check reads: asking for another does not compile. */
  readonly world: Reader<R | KindsOf<S>>
}

export interface Check<S extends SubjectKind = SubjectKind, R extends Kind = Kind> {
  /** `<joint>/<thing>-<what is wrong with it>`; never reused for another meaning. */
  readonly id: `${string}/${string}`
  /** What is wrong when it fires, a sentence without its full stop. */
  readonly title: string
  readonly severity: Severity
  /** Other severities that a verdict may choose. */
  readonly severities?: readonly Severity[]
  /** The first version that has it. */
  readonly since: string
  /** One, or several of which the same can be wrong. */
  readonly subject: S | readonly S[]
  /** The kinds that `test` looks at besides its subject. Sources, permissions and docs follow from it. */
  readonly reads: readonly R[]
  /** Pages that state the rule. */
  readonly sources: readonly string[]
  /** Pure: no clock, no network, no files. It may throw Unread, which becomes `unknown`. */
  test(context: Context<S, R>): Verdict
}

/** A check whose subject and kinds are no longer known to the compiler: what the runner handles. */
export interface AnyCheck extends Omit<Check, 'test'> {
  test(context: { readonly subject: never; readonly world: never }): Verdict
}

/** The kinds of subjects that a check is asked about. */
export const subjectKinds = ({ subject }: Pick<AnyCheck, 'subject'>): readonly SubjectKind[] =>
  typeof subject === 'string' ? [subject] : subject

export function defineCheck<const S extends SubjectKind, const R extends Kind = never>(check: Check<S, R>): Check<S, R> {
  return check
}

/** One link of a joint's chain and the checks that stand on it, in the order in which they are asked. */
export interface Link {
  readonly id: string
  readonly title: string
  readonly checks: readonly AnyCheck[]
}

/** Where a chain begins: a workload, a service account that no workload uses yet, or else the first thing that it runs through. */
export interface ChainStart {
  readonly clusterName: string
  /** The one EKS cluster of that name, when it was read. */
  readonly cluster?: Resource<'aws/eks/Cluster'>
  readonly workload?: Workload
  readonly serviceAccount?: Resource<'k8s/ServiceAccount'>
  /** What else it runs through: a check on a link whose subject is of one of these kinds is asked about each resource of that kind. */
  readonly through?: readonly Resource[]
  /** Links of the joint that this chain does not have: it goes another way. */
  readonly omits?: readonly string[]
  /** Why resources of a kind that it may run through are not known: checks on links that speak about the kind say `unknown`. */
  readonly unread?: readonly { readonly kind: Kind; readonly fact: UnreadFact }[]
}

export interface Joint {
  readonly id: string
  readonly title: string
  /** From the pod's side to the AWS side. The first broken link gives the finding; later ones are not asked. */
  readonly links: readonly Link[]
  /** Checks that stand on a subject of their own and always speak. */
  readonly safe: readonly AnyCheck[]
  /** Kinds that finding the chains takes, besides what the checks read. */
  readonly reads: readonly Kind[]
  /** The chains of this world. A start that could not be decided is a start: its links then say `unknown`. */
  starts(world: World): readonly ChainStart[]
}

export const defineJoint = (joint: Joint): Joint => joint

export const isWorkload = (subject: Subject): subject is Workload => 'template' in subject

/** `deploy/reader in payments`, `payments/reader`, an ARN: for people. */
export function subjectText(subject: Subject): string {
  if (isWorkload(subject)) return `${subject.name} in ${subject.namespace}`
  if (subject.kind === 'k8s/ServiceAccount') return `sa/${subject.id.split('/')[1] ?? ''} in ${subject.id.split('/')[0] ?? ''}`
  return subject.id
}

/** Cluster or account, kind and id: what a fingerprint stands on. */
export function subjectKey(subject: Subject): string {
  const resource = isWorkload(subject) ? subject.resource : subject
  const home = 'cluster' in resource.scope ? `${resource.scope.cluster}/` : ''
  return `${resource.kind}/${home}${resource.id}`
}
