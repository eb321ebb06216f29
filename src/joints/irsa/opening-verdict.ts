import { Unread } from '#base/errors.ts'
import { compilePolicy } from '#iam/compile.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { trustPath, trustQuestion } from '#joints/trust.ts'
import type { Path } from '#model/place.ts'
import { valueAt } from '#model/place.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import { fail, pass, skip, type Fix, type Severity, type Verdict } from '#model/verdict.ts'
import type { Reader } from '#model/world.ts'
import { issuersOf, openingsOf, subjectConditions, type Opening, type Reach } from './openness.ts'
import { roleArnOf, tokenSubject } from './service-account.ts'

export type OpeningReader = Reader<'aws/iam/Role' | 'k8s/ServiceAccount'>

export interface OpeningSaid {
  readonly message: string
  readonly severity?: Severity
}

/** One role is open in one way, its widest, and only the check of that way fires. */
export function openingVerdict(
  world: OpeningReader,
  role: Resource<'aws/iam/Role'>,
  reach: Reach,
  say: (opening: Opening, negated: boolean) => OpeningSaid,
): Verdict {
  const issuers = issuersOf(role)
  if (issuers.length === 0) return skip('the role trusts no EKS cluster')
  const openings = openingsOf(world, role)
  const opening = openings.find(candidate => candidate.reach === reach)
  if (opening === undefined)
    return pass(
      role.at(
        trustPath,
        `lets in only service accounts that it names, of ${issuers.length === 1 ? 'its cluster' : `${issuers.length} clusters`}`,
      ),
    )
  const said = say(opening, subjectConditions(opening).some(isNegated))
  const fix = narrowing(world, role, opening)
  return fail({
    ...said,
    evidence: places(opening),
    effect: `A pod that runs as ${opening.trust.token.subject}, a service account nobody named, gets the credentials of ${role.body.RoleName}; so does whoever may create one like it.`,
    ...(issuers.length === 1 ? {} : { key: opening.trust.token.issuer }),
    ...(fix === undefined
      ? {
          help: 'Name the service accounts that need the role, each as system:serviceaccount:<namespace>:<name>, under StringEquals on the :sub key.',
        }
      : { fix }),
  })
}

const isNegated = (path: Path): boolean => /Not(Equals|Like)|ForAllValues/.test(String(path.at(-2)))

function places(opening: Opening): [Evidence, ...Evidence[]] {
  const { at } = opening.trust
  const [first, ...rest] = subjectConditions(opening)
  if (first === undefined)
    return [at([...opening.statement, 'Principal'], 'no condition says which service accounts of this cluster are meant')]
  return [at(first, 'this lets in service accounts that nobody named'), ...rest.map(path => at(path, 'and this does not keep them out'))]
}

/** Trust exactly the service accounts that ask for the role today, when they are all known and the engine agrees that this narrows to them. */
function narrowing(world: OpeningReader, role: Resource<'aws/iam/Role'>, opening: Opening): Fix | undefined {
  const users = usersOf(world, role)
  if (users.length === 0) return undefined
  const { trust, statement } = opening
  const mended = named(trust.policy.document, statement, opening, users)
  const policy = compilePolicy(mended, 'trust')
  const lets = (subject: string) => decideTrust(trustQuestion(role.id, { ...trust.token, subject }), policy).answer === 'allow'
  if (lets(trust.token.subject) || !users.every(lets)) return undefined
  const risk =
    'Service accounts that use the role without the annotation, such as those of other clusters or of tools that call STS themselves, lose it.'
  return {
    title: users.length === 1 ? `trust ${users[0]} only` : `trust only the ${users.length} service accounts that ask for it`,
    safe: false,
    changes: policyChanges(role, trustPath, mended, { permissions: ['iam:UpdateAssumeRolePolicy'], risk }),
  }
}

function usersOf(world: OpeningReader, role: Resource<'aws/iam/Role'>): readonly string[] {
  try {
    return world
      .list('k8s/ServiceAccount')
      .filter(account => roleArnOf(account) === role.id)
      .map(tokenSubject)
  } catch (error) {
    if (error instanceof Unread) return []
    throw error
  }
}

/** A copy of the policy in which the statement's conditions on the subject are one StringEquals with these subjects. */
function named(document: unknown, statement: Path, opening: Opening, subjects: readonly string[]): unknown {
  const copy = structuredClone(document)
  const raw = valueAt(copy, statement) as { Condition?: Record<string, Record<string, unknown>> }
  const conditions = (raw.Condition ??= {})
  for (const path of subjectConditions(opening)) {
    const [operator, key] = path.slice(-2).map(String) as [string, string]
    const keys = conditions[operator]
    if (keys === undefined) continue
    delete keys[key]
    if (Object.keys(keys).length === 0) delete conditions[operator]
  }
  conditions['StringEquals'] = {
    ...conditions['StringEquals'],
    [`${opening.trust.token.issuer}:sub`]: subjects.length === 1 ? subjects[0] : subjects,
  }
  return copy
}
