import { perWorld } from '#joints/per-world.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustOf, trustPath, type Trust } from '#joints/trust.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { annotation, annotationPath, parseRoleArn, roleArnOf } from './service-account.ts'
import type { Fault } from './statement-faults.ts'
import { tokenFor, type IssuedToken } from './token.ts'
import { diagnose, type Cause, type Diagnosis } from './trust-diagnosis.ts'

export type TrustReader = Reader<'aws/eks/Cluster' | 'aws/iam/Role' | 'k8s/ServiceAccount'>

/** A service account, the role it asks for, and why the role does not trust it. */
export interface BrokenTrust {
  readonly world: TrustReader
  readonly serviceAccount: Resource<'k8s/ServiceAccount'>
  readonly role: Resource<'aws/iam/Role'>
  readonly token: IssuedToken
  readonly trust: Trust
  readonly diagnosis: Diagnosis
}

/** What one check adds to the verdict that all trust checks share. */
export interface Said {
  readonly message: string
  /** What the fix does, in the imperative. */
  readonly fix: string
  /** What else the fix brings, a sentence. */
  readonly risk?: string
  readonly help: string
  /** The issuer's own place, when it is what the policy misses. */
  readonly showIssuer?: boolean
}

const ids: Readonly<Record<Cause, string>> = {
  action: 'irsa/trust-action-mismatch',
  issuer: 'irsa/trust-wrong-issuer',
  swapped: 'irsa/trust-subject-under-audience',
  wildcard: 'irsa/trust-literal-wildcard',
  other: 'irsa/trust-does-not-match',
}

/**
 * One denied trust has one cause, and only the check of that cause fires. All of them pass when the role trusts the service account.
 * @throws Unread when the role, its policy or the cluster was not read.
 */
export function trustVerdict(
  world: TrustReader,
  serviceAccount: Resource<'k8s/ServiceAccount'>,
  cause: Cause,
  say: (broken: BrokenTrust) => Said,
): Verdict {
  const arn = roleArnOf(serviceAccount)
  if (arn === undefined) return skip('the service account names no role')
  const parts = parseRoleArn(arn)
  if (parts === undefined) return skip('the role ARN is malformed')
  const role = world.find('aws/iam/Role', arn)
  if (role === undefined) return skip('the role does not exist')
  const token = tokenFor(world, serviceAccount, parts)
  const trust = trustOf(world, role, token)
  if (trust.allowed) return pass(allowedBy(trust))
  const diagnosis = diagnosisOf(world, trust)
  if (diagnosis.cause !== cause) return skip(`the trust is broken in another way: ${ids[diagnosis.cause]}`)
  return verdict({ world, serviceAccount, role, token, trust, diagnosis }, say)
}

function allowedBy({ decision, policy, role, at }: Trust): Evidence {
  const statement = policy.statements[decision.decidedBy?.statement ?? 0]
  return at(statement?.path ?? [], `this statement lets the token in to ${role.body.RoleName}`)
}

const diagnoses = perWorld((_world: object) => new Map<Trust, Diagnosis>())

function diagnosisOf(world: object, trust: Trust): Diagnosis {
  const known = diagnoses(world)
  const diagnosis = known.get(trust) ?? diagnose(trust.policy, trust.role.id, trust.token)
  if (diagnosis === undefined) throw new Error('a trust that denies has a diagnosis')
  known.set(trust, diagnosis)
  return diagnosis
}

const effect = 'AssumeRoleWithWebIdentity is denied, so pods using this service account get no AWS credentials.'

function verdict(broken: BrokenTrust, say: (broken: BrokenTrust) => Said): Verdict {
  const { serviceAccount, trust, diagnosis } = broken
  const said = say(broken)
  const [decisive, ...others] = diagnosis.faults
  const fix = fixOf(broken, said)
  const evidence: [Evidence, ...Evidence[]] = [
    placed(trust, decisive),
    ...others.filter(fault => !samePlace(fault, decisive)).map(fault => placed(trust, fault)),
    ...(said.showIssuer === true ? [broken.token.cluster.at(['identity', 'oidc', 'issuer'], 'the cluster issues its tokens as this')] : []),
    serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role'),
  ]
  return fail({ message: said.message, evidence, effect, ...(fix === undefined ? { help: said.help } : { fix }) })
}

const placed = (trust: Trust, fault: Fault): Evidence => trust.at(fault.path, fault.label, fault.spot)

const samePlace = (a: Fault, b: Fault): boolean => a.path.join('\n') === b.path.join('\n') && a.spot === b.spot

/** Characters that a trust policy may have, white space left out. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const trustQuota = 2048

function fixOf({ role, diagnosis }: BrokenTrust, said: Said): Fix | undefined {
  const { heal, mended } = diagnosis
  if (heal === undefined) return undefined
  const widens = heal.widens.length === 0 ? [] : [`Afterwards ${heal.widens.join(', and ')}.`]
  const long =
    heal.size <= trustQuota ? [] : [`The policy would have ${heal.size} characters, and the quota is ${trustQuota} unless it was raised.`]
  const risk = [...widens, ...(said.risk === undefined ? [] : [said.risk]), ...long].join(' ')
  const changes = policyChanges(role, trustPath, mended, { permissions: ['iam:UpdateAssumeRolePolicy'], risk })
  return { title: said.fix, safe: false, changes }
}
