import type { Kinds } from '#model/kinds.ts'
import type { Path } from '#model/place.ts'
import { admittedAs } from './aws/platform.ts'
import type { RuleReference } from './question.ts'
import { compileSelector, type CompiledSelector, type LabelSelector } from './security-group-policy-selector.ts'

type Pod = Kinds['k8s/Pod']
type ServiceAccount = Kinds['k8s/ServiceAccount']
type Policy = Kinds['k8s/SecurityGroupPolicy']

/** A SecurityGroupPolicy, or a part of it, that the controller passes over in silence. */
export interface PolicyProblem {
  readonly policy: RuleReference
  /** In lower case, no full stop: `it has neither podSelector nor serviceAccountSelector`. */
  readonly problem: string
}

/** The groups of all policies that select the pod, each once, in the order of the policies. Empty: it asks for no branch interface. */
export interface PodSecurityGroups {
  readonly groups: readonly string[]
  /** The `groupIds` of each policy that selects it. */
  readonly by: readonly RuleReference[]
  /** Policies of the namespace that select nothing, whatever they seem to say. */
  readonly problems: readonly PolicyProblem[]
  /** Why policies do not apply to pods of this sort at all. */
  readonly exempt?: string
}

/** Admission refuses the pod, in lower case, no full stop. */
export interface RefusedPod {
  readonly refused: string
}

/**
 * The security groups that SecurityGroupPolicies give a pod that is created now. Of a running pod they say what it would get if it were recreated:
 * the controller never touches the interface of one that runs. Policies of other namespaces are passed over.
 * Windows pods and pods of the host's network get none; without its service account a pod is refused.
 * https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/pkg/utils/helper.go
 */
export function securityGroupsOfPod(
  pod: Pod,
  serviceAccount: ServiceAccount | undefined,
  policies: Iterable<Policy>,
): PodSecurityGroups | RefusedPod {
  const own = [...policies].filter(policy => policy.metadata.namespace === pod.metadata.namespace).map(compiled)
  const problems = own.flatMap(policy => policy.problems)
  const exempt = exemptions[admittedAs(pod)]
  if (exempt !== undefined) return { groups: [], by: [], problems, exempt }
  if (serviceAccount === undefined) {
    return { refused: `service account ${pod.metadata.namespace}/${pod.spec?.serviceAccountName ?? 'default'} does not exist` }
  }
  const selecting = own.filter(policy => policy.selects(pod, serviceAccount))
  return { groups: [...new Set(selecting.flatMap(({ groups }) => groups))], by: selecting.map(({ by }) => by), problems }
}

const exemptions: Readonly<Record<ReturnType<typeof admittedAs>, string | undefined>> = {
  'host network': 'security groups for pods do not apply to the network of the host',
  windows: 'security groups for pods do not apply to Windows',
  fargate: undefined,
  linux: undefined,
}

/** A policy made ready, once for each object: pods of a namespace ask the same few. */
interface CompiledPolicy {
  readonly groups: readonly string[]
  readonly by: RuleReference
  readonly problems: readonly PolicyProblem[]
  selects(pod: Pod, serviceAccount: ServiceAccount): boolean
}

const seen = new WeakMap<Policy, CompiledPolicy>()

function compiled(policy: Policy): CompiledPolicy {
  const before = seen.get(policy)
  if (before !== undefined) return before
  const made = compile(policy)
  seen.set(policy, made)
  return made
}

function compile(policy: Policy): CompiledPolicy {
  const at = (...path: Path): RuleReference => ({
    kind: 'k8s/SecurityGroupPolicy',
    id: `${policy.metadata.namespace}/${policy.metadata.name}`,
    path: ['spec', ...path],
  })
  const { podSelector, serviceAccountSelector, securityGroups } = policy.spec ?? {}
  const groups = securityGroups?.groupIds ?? []
  const by = at('securityGroups', 'groupIds')
  if (isAbsent(podSelector) && isAbsent(serviceAccountSelector)) {
    return selectsNothing(by, { policy: at(), problem: 'it has neither podSelector nor serviceAccountSelector' })
  }
  if (groups.length === 0) return selectsNothing(by, { policy: at(), problem: 'it names no security groups' })
  const pods = constraint(podSelector)
  const accounts = constraint(serviceAccountSelector)
  return {
    groups,
    by,
    problems: [
      ...selectorProblems(pods, at, 'podSelector'),
      ...selectorProblems(accounts, at, 'serviceAccountSelector'),
      ...ignoredNames(serviceAccountSelector, at),
    ],
    selects: (pod, { metadata }) => holds(pods, pod.metadata.labels ?? {}) && holds(accounts, metadata.labels ?? {}),
  }
}

const isAbsent = (selector: unknown) => selector === undefined || selector === null

const selectsNothing = (by: RuleReference, problem: PolicyProblem): CompiledPolicy => ({
  groups: [],
  by,
  problems: [problem],
  selects: () => false,
})

/** Undefined: the policy does not ask. */
const constraint = (selector: LabelSelector | null | undefined): CompiledSelector | undefined =>
  selector === undefined || selector === null ? undefined : compileSelector(selector)

/** An invalid selector matches nothing. */
const holds = (selector: CompiledSelector | undefined, labels: Readonly<Record<string, string>>): boolean =>
  selector === undefined || ('matches' in selector && selector.matches(labels))

function selectorProblems(selector: CompiledSelector | undefined, at: (...path: Path) => RuleReference, member: string): PolicyProblem[] {
  if (selector === undefined || 'matches' in selector) return []
  return [{ policy: at(member, ...selector.path), problem: `${member} is invalid and selects nothing: ${selector.invalid}` }]
}

/** A Go type beside the CRD has `matchNames`; the CRD has it not, so the API server drops it, and what is left may be an empty selector. */
function ignoredNames(selector: LabelSelector | null | undefined, at: (...path: Path) => RuleReference): PolicyProblem[] {
  if (isAbsent(selector) || !Object.hasOwn(selector ?? {}, 'matchNames')) return []
  return [
    {
      policy: at('serviceAccountSelector', 'matchNames'),
      problem: 'matchNames does not exist and is dropped, which leaves the rest to select',
    },
  ]
}
