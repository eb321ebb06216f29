import type { UnreadFact } from '#base/errors.ts'
import type { Evidence, Resource, Scope } from '#model/resource.ts'
import type { Reader } from '#model/world.ts'
import { tried, type Tried } from './access-documents.ts'
import { webIdentityMechanism } from './access-irsa.ts'
import type { Mechanism, MechanismReader, Step } from './access-mechanism.ts'
import { nodeMechanism } from './access-node.ts'
import { podIdentityMechanism, type Association, type PodName } from './access-pod-identity.ts'
import { eksCluster } from './clusters.ts'
import { environmentOf, identityOf, literalOf } from './irsa/identity.ts'
import { annotation, annotationPath, audienceOf, defaultAudience, roleArnOf } from './irsa/service-account.ts'
import { seatsOf } from './irsa/webhook.ts'
import { podShape, workloadsByServiceAccount, serviceAccountKey, type PodShape, type Workload, type workloadKinds } from './workloads.ts'

export type WorkloadReader = MechanismReader & Reader<(typeof workloadKinds)[number]>
type ServiceAccount = Resource<'k8s/ServiceAccount'>

/** A service account by name: it need not exist, for `default` and for associations made before it. */
export interface AccountName {
  readonly cluster: string
  readonly namespace: string
  readonly name: string
}

/**
 * The AWS identities that a service account's pods get when they are made now: an association goes before an annotation; with neither, each node's role
 * that a pod of it reaches.
 */
export function serviceAccountMechanisms(world: WorkloadReader, account: AccountName): readonly Mechanism[] {
  const expected = expectedMechanism(world, account, undefined)
  if (expected !== undefined) return [expected]
  const scope: Scope = { cluster: account.cluster }
  const used = workloadsByServiceAccount(world).get(serviceAccountKey(account.cluster, account.namespace, account.name)) ?? []
  const pods = used.flatMap(workload => workload.seenPods)
  return pods.length === 0
    ? [nowhere(accountSteps(world, account))]
    : distinct(pods.map(pod => onNode(world, scope, podShape(pod), accountSteps(world, account))))
}

/** Those of a workload: of its pods as they are, or of its template when none runs. */
export function workloadMechanisms(world: WorkloadReader, workload: Workload): readonly Mechanism[] {
  const step: Step = { text: `${workload.name} in ${workload.namespace}`, at: workload.resource.at([], 'the workload') }
  if (workload.seenPods.length > 0)
    return distinct(
      workload.seenPods.flatMap(pod => podMechanisms(world, pod).map(mechanism => ({ ...mechanism, steps: [step, ...mechanism.steps] }))),
    )
  const account = { cluster: workload.cluster, namespace: workload.namespace, name: workload.serviceAccountName }
  const own = handMade(world, workload.template, account, [step])
  if (own.length > 0) return own
  const expected = expectedMechanism(world, account, undefined)
  return expected === undefined ? [nowhere([step, ...accountSteps(world, account)])] : [{ ...expected, steps: [step, ...expected.steps] }]
}

/** Those of one pod, as its containers were made. */
export function podMechanisms(world: WorkloadReader, pod: Resource<'k8s/Pod'>): readonly Mechanism[] {
  const { namespace, name, uid } = pod.body.metadata
  const step: Step = { text: `pod/${name} in ${namespace}`, at: pod.at([], 'the pod') }
  const cluster = 'cluster' in pod.scope ? pod.scope.cluster : ''
  const account = { cluster, namespace, name: pod.body.spec?.serviceAccountName ?? 'default' }
  const shape = podShape(pod)
  const made = handMade(world, shape, account, [step], uid === undefined ? undefined : { name, uid })
  if (shape.spec.nodeName === undefined && made.length === 0) {
    // A manifest, or a pod that waits for its node: what the webhook will give it is what counts.
    const expected = expectedMechanism(world, account, uid === undefined ? undefined : { name, uid })
    return expected === undefined ? [nowhere([step])] : [{ ...expected, steps: [step, ...expected.steps] }]
  }
  const rest = seatsOf(shape.spec).some(({ container }) => identityOf(shape.spec, container).by === 'none')
  return distinct(rest || made.length === 0 ? [...made, onNode(world, pod.scope, shape, [step])] : made)
}

/** What the containers of a shape carry themselves: keys, a profile, a role by web identity, or the agent's address. */
function handMade(
  world: WorkloadReader,
  shape: PodShape,
  account: AccountName,
  steps: readonly Step[],
  pod?: PodName,
): readonly Mechanism[] {
  return distinct(
    seatsOf(shape.spec).flatMap(({ container, group, index }) => {
      const identity = identityOf(shape.spec, container)
      const at = (label: string, variable: number): Evidence =>
        shape.resource.at([...shape.root, 'spec', group, index, 'env', variable], label)
      if (identity.by === 'static-keys') {
        const there: Step = {
          text: `keys of container ${container.name}`,
          at: at('static keys go before every role', identity.variables[0]?.index ?? 0),
        }
        return [unknownBy('static-keys', [...steps, there], 'whose keys a container carries is not told')]
      }
      if (identity.by === 'profile')
        return [
          unknownBy(
            'profile',
            [
              ...steps,
              { text: `profile of container ${container.name}`, at: at('what the profile holds is not told', identity.variable.index) },
            ],
            'which identity a profile holds is not told',
          ),
        ]
      if (identity.by === 'web-identity') {
        const roleArn = literalOf(identity.role)
        const there: Step = { text: 'IRSA', at: at('the container asks for this role', identity.role.index) }
        if (roleArn === undefined) return [unknownBy('irsa', [...steps, there], 'the role of a container comes from elsewhere')]
        const audience = identity.token.is === 'token' ? (identity.token.audience ?? '') : defaultAudience
        const sessionName = literalOf(environmentOf(container).get('AWS_ROLE_SESSION_NAME'))
        return [
          webIdentityMechanism(world, {
            scope: { cluster: account.cluster },
            namespace: account.namespace,
            serviceAccountName: account.name,
            roleArn,
            audience,
            steps: [...steps, there],
            ...(sessionName === undefined ? {} : { sessionName }),
          }),
        ]
      }
      if (identity.by !== 'container-credentials') return []
      return [byAssociation(world, account, steps, pod)]
    }),
  )
}

function unknownBy(by: Mechanism['by'], steps: readonly Step[], reason: string): Mechanism {
  return { by, steps, session: { is: 'unknown', fact: { kind: 'k8s/Pod', reason } } }
}

function byAssociation(world: WorkloadReader, account: AccountName, steps: readonly Step[], pod: PodName | undefined): Mechanism {
  const found = associationsOf(world, account)
  if (found.is === 'unread') return { by: 'pod-identity', steps, session: { is: 'unknown', fact: found.fact } }
  const [association] = found.value
  if (association !== undefined) return podIdentityMechanism(world, association, pod, steps)
  const reason = `there is no Pod Identity association for ${account.namespace}/${account.name}`
  return {
    by: 'pod-identity',
    steps,
    session: { is: 'refused', reason, at: steps.at(-1)?.at === undefined ? [] : [steps.at(-1)?.at as Evidence] },
  }
}

/** What EKS and the webhook give to pods that are made now; undefined: neither gives anything. */
function expectedMechanism(world: WorkloadReader, account: AccountName, pod: PodName | undefined): Mechanism | undefined {
  const steps = accountSteps(world, account)
  const associations = associationsOf(world, account)
  if (associations.is === 'read' && associations.value[0] !== undefined)
    return podIdentityMechanism(world, associations.value[0], pod, steps)
  const found = tried(() => world.find('k8s/ServiceAccount', `${account.namespace}/${account.name}`, { cluster: account.cluster }))
  const annotated = found.is === 'read' && found.value !== undefined ? byAnnotation(world, found.value, account, steps) : undefined
  if (associations.is === 'unread') return doubted(annotated, associations.fact, steps)
  return found.is === 'unread' ? { by: 'irsa', steps, session: { is: 'unknown', fact: found.fact } } : annotated
}

function byAnnotation(
  world: WorkloadReader,
  serviceAccount: ServiceAccount,
  account: AccountName,
  steps: readonly Step[],
): Mechanism | undefined {
  const roleArn = roleArnOf(serviceAccount)
  if (roleArn === undefined) return undefined
  const there: Step = { text: 'IRSA', at: serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role') }
  return webIdentityMechanism(world, {
    scope: serviceAccount.scope,
    namespace: account.namespace,
    serviceAccountName: account.name,
    roleArn,
    audience: audienceOf(serviceAccount),
    steps: [...steps, there],
  })
}

/** An association that nobody read would go before the annotation. */
function doubted(annotated: Mechanism | undefined, fact: UnreadFact, steps: readonly Step[]): Mechanism {
  if (annotated === undefined) return { by: 'pod-identity', steps, session: { is: 'unknown', fact } }
  const { session } = annotated
  return {
    ...annotated,
    session: { is: 'unknown', fact, ...(session.is !== 'refused' && session.caller !== undefined ? { caller: session.caller } : {}) },
  }
}

/** The associations of a service account; AWS allows one. */
function associationsOf(world: MechanismReader, { cluster, namespace, name }: AccountName): Tried<readonly Association[]> {
  const eks = eksCluster(world, cluster)
  const [, , , region = '', account = ''] = eks?.id.split(':') ?? []
  const within = eks === undefined ? undefined : { account, region, clusterName: cluster }
  return tried(() => world.where('aws/eks/PodIdentityAssociation', 'serviceAccount', `${cluster}\n${namespace}/${name}`, within))
}

function accountSteps(world: WorkloadReader, account: AccountName): readonly Step[] {
  const id = `${account.namespace}/${account.name}`
  const found = tried(() => world.find('k8s/ServiceAccount', id, { cluster: account.cluster }))
  const at = found.is === 'read' ? found.value?.at([], 'the service account') : undefined
  return [{ text: `sa/${account.name} in ${account.namespace}`, ...(at === undefined ? {} : { at }) }]
}

const nowhere = (steps: readonly Step[]): Mechanism => ({
  by: 'node',
  steps,
  session: {
    is: 'unknown',
    fact: {
      kind: 'k8s/Pod',
      reason: 'no pod of it runs, so whose node role it would get is not known',
      settle: { by: 'user', step: 'read the live pods and nodes' },
    },
  },
})

function onNode(world: WorkloadReader, scope: Scope, shape: PodShape, steps: readonly Step[]): Mechanism {
  const { nodeName, hostNetwork } = shape.spec
  if (nodeName === undefined) return nowhere(steps)
  if (shape.labels['eks.amazonaws.com/fargate-profile'] !== undefined) {
    return {
      by: 'none',
      steps,
      session: { is: 'refused', reason: 'pods on Fargate have no metadata service and no role of a node', at: [] },
    }
  }
  const node = tried(() => world.find('k8s/Node', nodeName, scope))
  if (node.is === 'unread') return { by: 'node', steps, session: { is: 'unknown', fact: node.fact } }
  if (node.value === undefined) return nowhere(steps)
  return nodeMechanism(world, node.value, { hostNetwork: hostNetwork === true }, steps)
}

/** One of each way to each role. */
function distinct(mechanisms: readonly Mechanism[]): readonly Mechanism[] {
  const key = ({ by, roleArn, session }: Mechanism) => [by, roleArn, session.is, session.is === 'refused' ? session.reason : ''].join('\n')
  return [...new Map(mechanisms.toReversed().map(mechanism => [key(mechanism), mechanism])).values()].toReversed()
}
