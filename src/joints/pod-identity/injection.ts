import { podShape, type PodShape, type PodSpec, type Workload } from '#joints/workloads.ts'
import type { Resource } from '#model/resource.ts'
import { environmentOf, literalOf, tokenFileOf } from '../irsa/identity.ts'
import { templateSeat } from '../irsa/judged-shapes.ts'
import { containerCredentialsVariables, hasVolume, podIdentityVolume, seatsOf, skippedContainers, type Seat } from '../irsa/webhook.ts'
import { instantOf, type Association } from './association.ts'

/** The agent listens on these addresses of every node. https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html */
export const agentAddresses = ['169.254.170.23', 'fd00:ec2::23'] as const
export type AgentAddress = (typeof agentAddresses)[number]

export const agentPort = 80
export const podIdentityAudience = 'pods.eks.amazonaws.com'

const [uriVariable, tokenVariable] = containerCredentialsVariables

/** The agent's address that a container is sent to; undefined when its variable is not set, or names something else. */
export function agentAddressOf(seat: Seat): AgentAddress | undefined {
  const uri = literalOf(environmentOf(seat.container).get(uriVariable))
  return agentAddresses.find(address => uri?.startsWith(`http://${address.includes(':') ? `[${address}]` : address}/`) === true)
}

/** Whether the webhook, or somebody by hand, made a pod for the agent. */
export const carriesPodIdentity = (spec: PodSpec): boolean =>
  hasVolume(spec, podIdentityVolume) || seatsOf(spec).some(seat => agentAddressOf(seat) !== undefined)

/** What a container lacks of what the webhook adds for Pod Identity. */
export interface Lack {
  readonly seat: Seat
  readonly is: 'nothing-injected' | 'other-identity' | 'one-variable' | 'no-token' | 'audience'
  /** For people, to stand behind `has`. */
  readonly text: string
}

/** The first of the workload's own containers that is not whole. What other webhooks add later, such as a mesh's proxy, is not looked at. */
export function lackIn(workload: Workload, { spec, ...shape }: PodShape): Lack | undefined {
  const skipped = skippedContainers({ spec, ...shape })
  for (const seat of seatsOf(spec)) {
    const { container } = seat
    if (skipped.has(container.name) || templateSeat(workload, container.name) === undefined) continue
    const lack = containerLack(spec, seat)
    if (lack !== undefined) return { seat, ...lack }
  }
  return undefined
}

function containerLack(spec: PodSpec, { container }: Seat): Omit<Lack, 'seat'> | undefined {
  const environment = environmentOf(container)
  const [uri, file] = [environment.get(uriVariable), environment.get(tokenVariable)]
  if (uri === undefined && file === undefined) {
    return environment.has('AWS_ROLE_ARN')
      ? { is: 'other-identity', text: 'the variables of IAM roles for service accounts instead' }
      : { is: 'nothing-injected', text: 'no injected identity' }
  }
  if (uri === undefined || file === undefined) {
    const [has, lacks] = uri === undefined ? [tokenVariable, uriVariable] : [uriVariable, tokenVariable]
    return { is: 'one-variable', text: `${has} but not ${lacks}` }
  }
  const token = tokenFileOf(spec, container, literalOf(file))
  if (token.is === 'not-mounted' || token.is === 'no-token') return { is: 'no-token', text: `no token at ${literalOf(file) ?? ''}` }
  if (token.is !== 'token' || token.audience === podIdentityAudience) return undefined
  return { is: 'audience', text: `a token for ${token.audience ?? 'the API server'} instead of ${podIdentityAudience}` }
}

/** What keeps the webhook from injecting a template's containers whole, whatever runs now. */
export function templateLack(workload: Workload): Lack | undefined {
  const skipped = skippedContainers(workload.template)
  for (const seat of seatsOf(workload.template.spec)) {
    if (skipped.has(seat.container.name)) continue
    const environment = environmentOf(seat.container)
    const defined = containerCredentialsVariables.filter(name => environment.has(name))
    const [has] = defined
    if (defined.length === 1 && has !== undefined)
      return { seat, is: 'one-variable', text: `${has} of its own, so the webhook adds neither of the two` }
  }
  return undefined
}

export const podLack = (workload: Workload, pod: Resource<'k8s/Pod'>): Lack | undefined => lackIn(workload, podShape(pod))

/** Associations take effect after "several seconds": https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html */
const propagation = 30_000

/** Whether the pod was made before the association could take effect. Where either does not tell, it was not. */
export function isTooOld(pod: Resource<'k8s/Pod'>, association: Association): boolean {
  const made = instantOf(association.body.createdAt)
  const created = instantOf(pod.body.metadata.creationTimestamp)
  return made !== undefined && created !== undefined && created <= made + propagation
}
