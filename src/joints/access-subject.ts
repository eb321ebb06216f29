import { UserError } from '#base/errors.ts'
import { nearest } from '#base/nearest.ts'
import { lastName } from '#iam/arn.ts'
import type { Principal } from '#iam/request.ts'
import type { Resource } from '#model/resource.ts'
import { kubernetesMechanisms } from './access-cluster-subjects.ts'
import { namedCaller, roleCaller, userCaller, type Caller } from './access-caller.ts'
import { tried } from './access-documents.ts'
import type { Mechanism } from './access-mechanism.ts'
import { kubectlKind } from './kubectl-names.ts'
import { nodeMechanism } from './access-node.ts'
import { principalNamed } from './access-principal.ts'
import { podMechanisms, serviceAccountMechanisms, workloadMechanisms, type AccountName, type WorkloadReader } from './access-workload.ts'
import type { RbacReader } from './rbac.ts'
import { workloadsOf } from './workloads.ts'

/** Whoever a question is about, and each AWS identity that it has. */
export interface AccessSubject {
  /** As people say it: `sa/reader in payments`, `role s3-reader`. */
  readonly text: string
  readonly mechanisms: readonly Mechanism[]
  /** It picks whichever identity it likes; else each of its pods has the one that it has. */
  readonly chooses?: true
}

const forms =
  'role/name, user/name, an ARN, sa/ns/name, pod/ns/name, deploy/ns/name (sts, ds, rs, job, cronjob), node/name, kubernetes-user/name, kubernetes-group/name'

export type SubjectReader = WorkloadReader & RbacReader

/**
 * The subject that a text of the command line names.
 * @param namespace for names that give none
 * @throws UserError when there is none such, or several
 */
export function subjectNamed(world: SubjectReader, text: string, namespace: string | undefined): AccessSubject {
  if (text.startsWith('arn:') || /^\d{12}$/.test(text) || text === '*') return byArn(world, text)
  const [first = '', ...rest] = text.split('/')
  const kind = kubectlKind(first)
  const name = rest.at(-1) ?? ''
  if (name === '') throw unknownForm(text)
  if (kind === 'role') return roleNamed(world, name)
  if (kind === 'user') return userNamed(world, name)
  if (kind === 'node') return nodeNamed(world, name)
  if (kind === 'kubernetes-user' || kind === 'kubernetes-group') return kubernetesNamed(world, kind, rest.join('/'))
  const place = rest.length > 1 ? rest[0] : namespace
  if (kind === 'sa') return serviceAccountNamed(world, name, place)
  if (kind === 'pod') return podNamed(world, name, place)
  if (['deploy', 'sts', 'ds', 'rs', 'job', 'cronjob'].includes(kind)) return workloadNamed(world, `${kind}/${name}`, place)
  throw unknownForm(text)
}

const unknownForm = (text: string) => new UserError('UNKNOWN_PRINCIPAL', `${text} names no principal`, { help: `give ${forms}` })

function one<T>(found: readonly T[], text: string, where: (item: T) => string, names: () => readonly string[], help: string): T {
  const [first, ...others] = found
  if (first === undefined) {
    const near = nearest(text, names())
    throw new UserError('NO_SUCH_PRINCIPAL', `there is no ${text} in what was read`, {
      help: near === undefined ? `give ${forms}` : `did you mean ${near}?`,
    })
  }
  if (others.length === 0) return first
  throw new UserError('AMBIGUOUS_PRINCIPAL', `there are several ${text}: ${found.map(where).slice(0, 5).join(', ')}`, { help })
}

const itself = (caller: Caller): AccessSubject => ({
  text: caller.text,
  mechanisms: [
    {
      by: 'itself',
      steps: [{ text: caller.text, ...(caller.resource === undefined ? {} : { at: caller.resource.at([], caller.text) }) }],
      ...(caller.arn === undefined ? {} : { roleArn: caller.arn }),
      session: { is: 'holds', caller },
    },
  ],
})

function roleNamed(world: WorkloadReader, name: string): AccessSubject {
  const roles = world.seen('aws/iam/Role')
  const role = one(
    roles.filter(({ body }) => body.RoleName === name),
    `role/${name}`,
    ({ id }) => id,
    () => roles.map(({ body }) => `role/${body.RoleName}`),
    'give its ARN',
  )
  return itself(roleCaller(world, role))
}

function userNamed(world: WorkloadReader, name: string): AccessSubject {
  const users = world.seen('aws/iam/User')
  const user = one(
    users.filter(({ body }) => body.UserName === name),
    `user/${name}`,
    ({ id }) => id,
    () => users.map(({ body }) => `user/${body.UserName}`),
    'give its ARN',
  )
  return itself(userCaller(world, user))
}

function byArn(world: WorkloadReader, text: string): AccessSubject {
  const principal = principalNamed(text)
  if (principal === undefined) throw unknownForm(text)
  if (principal.kind === 'roleSession') return ofRoleSession(world, principal, text)
  if (principal.kind !== 'user') return itself(namedCaller(world, principal, text, undefined))
  const user = tried(() => world.find('aws/iam/User', text))
  if (user.is === 'unread') return itself(namedCaller(world, principal, text, user.fact))
  if (user.value === undefined) throw new UserError('NO_SUCH_PRINCIPAL', `there is no user ${text}`, { help: 'check the ARN' })
  return itself(userCaller(world, user.value))
}

/** A session's ARN has no path, and names are unique whatever the path. */
function ofRoleSession(world: WorkloadReader, principal: Extract<Principal, { kind: 'roleSession' }>, text: string): AccessSubject {
  const account = principal.roleArn.split(':')[4] ?? ''
  const name = lastName(principal.roleArn)
  const found = tried(() => {
    const named = world.seen('aws/iam/Role').find(role => role.body.RoleName === name && role.id.split(':')[4] === account)
    return principal.pathUnknown === true && named !== undefined ? named : world.find('aws/iam/Role', principal.roleArn)
  })
  if (found.is === 'unread') return itself(namedCaller(world, principal, text, found.fact))
  if (found.value === undefined)
    throw new UserError('NO_SUCH_PRINCIPAL', `there is no role ${name} in account ${account}`, {
      help: 'check the ARN, the path of the role included',
    })
  const caller = roleCaller(world, found.value)
  if (principal.pathUnknown !== true) return itself(caller)
  return itself({
    ...caller,
    principal: {
      ...principal,
      roleArn: found.value.id,
      pathUnknown: false,
      ...(found.value.body.RoleId === undefined ? {} : { uniqueId: found.value.body.RoleId }),
    },
  })
}

/** Names of users hold slashes and colons: an IAM principal that nothing maps otherwise goes by its ARN. */
function kubernetesNamed(world: SubjectReader, kind: 'kubernetes-user' | 'kubernetes-group', name: string): AccessSubject {
  const what = kind === 'kubernetes-user' ? 'user' : 'group'
  return { text: `Kubernetes ${what} ${name}`, mechanisms: kubernetesMechanisms(world, what, name, knownAccounts(world)), chooses: true }
}

function nodeNamed(world: WorkloadReader, name: string): AccessSubject {
  const nodes = world.seen('k8s/Node')
  const node = one(
    nodes.filter(({ body }) => body.metadata.name === name),
    `node/${name}`,
    clusterOf,
    () => nodes.map(({ body }) => `node/${body.metadata.name}`),
    'read one cluster',
  )
  return { text: `node ${name}`, mechanisms: [nodeMechanism(world, node, undefined, [])] }
}

const clusterOf = ({ scope }: Pick<Resource, 'scope'>): string => ('cluster' in scope ? scope.cluster : scope.account)

/** A service account is also known by who runs as it and by its association. */
function serviceAccountNamed(world: WorkloadReader, name: string, namespace: string | undefined): AccessSubject {
  const known = knownAccounts(world)
  const matches = known.filter(account => account.name === name && (namespace === undefined || account.namespace === namespace))
  const text = namespace === undefined ? `sa/${name}` : `sa/${namespace}/${name}`
  const names = () => known.map(account => (namespace === undefined ? `sa/${account.name}` : `sa/${account.namespace}/${account.name}`))
  const account = one(
    matches,
    text,
    match => `${match.cluster}: ${match.namespace}/${match.name}`,
    names,
    namespace === undefined ? 'add its namespace: sa/ns/name' : 'read one cluster',
  )
  return { text: `sa/${account.name} in ${account.namespace}`, mechanisms: serviceAccountMechanisms(world, account) }
}

/** Every service account that is known of, once. */
export function knownAccounts(world: WorkloadReader): readonly AccountName[] {
  const accounts: AccountName[] = [
    ...world
      .seen('k8s/ServiceAccount')
      .map(account => ({ cluster: clusterOf(account), namespace: account.body.metadata.namespace, name: account.body.metadata.name })),
    ...workloadsOf(world).map(workload => ({
      cluster: workload.cluster,
      namespace: workload.namespace,
      name: workload.serviceAccountName,
    })),
    ...world
      .seen('aws/eks/PodIdentityAssociation')
      .map(({ body }) => ({ cluster: body.clusterName, namespace: body.namespace, name: body.serviceAccount })),
  ]
  return [...new Map(accounts.map(account => [`${account.cluster}\n${account.namespace}/${account.name}`, account])).values()]
}

function podNamed(world: WorkloadReader, name: string, namespace: string | undefined): AccessSubject {
  const pods = world.seen('k8s/Pod')
  const matches = pods.filter(
    ({ body }) => body.metadata.name === name && (namespace === undefined || body.metadata.namespace === namespace),
  )
  const text = namespace === undefined ? `pod/${name}` : `pod/${namespace}/${name}`
  const pod = one(
    matches,
    text,
    match => `${clusterOf(match)}: ${match.id}`,
    () => pods.map(({ id }) => `pod/${id}`),
    'add its namespace: pod/ns/name',
  )
  return { text: `pod/${name} in ${pod.body.metadata.namespace}`, mechanisms: podMechanisms(world, pod) }
}

function workloadNamed(world: WorkloadReader, name: string, namespace: string | undefined): AccessSubject {
  const known = workloadsOf(world)
  const matches = known.filter(workload => workload.name === name && (namespace === undefined || workload.namespace === namespace))
  const [kind = '', own = ''] = name.split('/')
  const text = namespace === undefined ? name : `${kind}/${namespace}/${own}`
  const names = () =>
    known.map(workload => (namespace === undefined ? workload.name : workload.name.replace('/', `/${workload.namespace}/`)))
  const workload = one(matches, text, match => `${match.cluster}: ${match.namespace}`, names, 'add its namespace, or read one cluster')
  return { text: `${workload.name} in ${workload.namespace}`, mechanisms: workloadMechanisms(world, workload) }
}
