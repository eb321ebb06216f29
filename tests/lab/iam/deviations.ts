import { accountDecides, type Call, type Case, type Json, type StandFacts } from './cases.ts'

/**
 * One way in which the lab's enforcement of IAM decides differently from AWS. The comparison of the engine with the lab explains differences
 * by these and nothing else; each is proved against the running lab, so that a new ministack cannot change it unseen.
 */
export interface IamDeviation {
  readonly id: string
  readonly what: string
  /** The least case that shows it. */
  readonly question: (facts: StandFacts) => Case
  /** What AWS decides; `refused` when it would not accept a policy of the case. */
  readonly aws: 'allowed' | 'denied' | 'refused'
  readonly lab: 'allowed' | 'denied'
  /** Where AWS says so. `inferred`: from that page's general rule, not from a sentence about this case. */
  readonly source: string
  readonly confidence: 'documented' | 'inferred'
}

const guide = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'
const authorization = 'https://docs.aws.amazon.com/service-authorization/latest/reference'

const policy = (...statements: readonly Json[]): Json => ({ Version: '2012-10-17', Statement: statements })
const all: Json = { Effect: 'Allow', Action: '*', Resource: '*' }
const allow = (more: Json): Json => policy({ ...all, ...more })
const when = (operator: string, key: string, value: unknown): Json => allow({ Condition: { [operator]: { [key]: value } } })

/** One identity policy decides. */
const asked = (caller: Case['caller'], call: Call, identity: Json): Case => ({ caller, call, identity: [identity] })
const shared = (Principal: unknown, more: Json = {}): Json => policy({ ...all, Principal, ...more })

export const deviations: readonly IamDeviation[] = [
  {
    id: 'policy-variable',
    what: 'policy variables in condition values are compared as literal text',
    question: () => asked('user', 'GetUser', when('StringEquals', 'aws:username', '${aws:username}')),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_variables.html#policy-vars-wheretouse`,
    confidence: 'documented',
  },
  {
    id: 'variable-in-resource',
    what: 'policy variables in Resource and NotResource are literal text too',
    question: () => asked('user', 'DescribeSecret', allow({ Resource: 'arn:aws:secretsmanager:*:*:secret:pairs/${aws:username}/*' })),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_variables.html#policy-vars-wheretouse`,
    confidence: 'documented',
  },
  {
    id: 'resource-pattern-crosses-parts',
    what: 'a Resource is one pattern over the whole ARN: every wildcard crosses colons, not only a * that ends a part',
    question: ({ resources }) => asked('user', 'DescribeKey', allow({ Resource: `arn:aws:kms:*${resources.key.slice(-8)}` })),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards`,
    confidence: 'inferred',
  },
  {
    id: 'resource-is-no-arn',
    what: 'any text is taken as a Resource, and what is no ARN matches nothing',
    question: ({ resources }) =>
      asked('user', 'DescribeKey', policy({ Effect: 'Allow', Action: '*', NotResource: resources.key.toUpperCase() })),
    aws: 'refused',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_resource.html`,
    confidence: 'documented',
  },
  {
    id: 'arn-operator-on-text',
    what: 'ARN operators match one pattern over the whole value',
    question: () => asked('user', 'GetUser', when('ArnLike', 'aws:PrincipalArn', 'arn:*-user')),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_condition_operators.html#Conditions_ARN`,
    confidence: 'inferred',
  },
  {
    id: 'boolean-in-capitals',
    what: 'a JSON boolean is compared as the text True or False, which no text operator finds',
    question: () => asked('user', 'GetUser', when('StringEquals', 'aws:SecureTransport', true)),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_grammar.html`,
    confidence: 'inferred',
  },
  {
    id: 'principal-arn-of-session',
    what: 'aws:PrincipalArn of a role session is the ARN of the session, not of the role',
    question: ({ role }) => asked('role', 'GetUser', when('ArnEquals', 'aws:PrincipalArn', role.arn)),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-principalarn`,
    confidence: 'documented',
  },
  {
    id: 'via-service-absent',
    what: 'aws:ViaAWSService has no value, where AWS says false of direct calls',
    question: () => asked('user', 'GetUser', when('Bool', 'aws:ViaAWSService', 'false')),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-viaawsservice`,
    confidence: 'documented',
  },
  {
    id: 'region-of-global-service',
    what: 'aws:RequestedRegion of a call to IAM is the region that signed it, not us-east-1',
    question: () => asked('user', 'GetUser', when('StringEquals', 'aws:RequestedRegion', 'us-east-1')),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-requestedregion`,
    confidence: 'documented',
  },
  {
    id: 'service-key-absent',
    what: 'kms:CallerAccount, secretsmanager:SecretId and secretsmanager:ResourceTag/… have no values',
    question: ({ account }) => asked('user', 'DescribeKey', when('StringEquals', 'kms:CallerAccount', account)),
    aws: 'allowed',
    lab: 'denied',
    source: `${authorization}/list_awskeymanagementservice.html`,
    confidence: 'documented',
  },
  {
    id: 'resource-tag-by-identity',
    what: 'aws:ResourceTag/… has values only where an identity policy speaks of such a key',
    question: ({ user }) => ({
      ...asked('user', 'DescribeSecret', policy()),
      identity: [],
      resource: shared({ AWS: user.arn }, { Condition: { StringEquals: { 'aws:ResourceTag/team': 'payments' } } }),
    }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-resourcetag`,
    confidence: 'documented',
  },
  {
    id: 'not-principal',
    what: 'a statement with NotPrincipal never applies',
    question: ({ resources }) => ({
      ...asked('user', 'DescribeSecret', allow({})),
      resource: policy({
        Effect: 'Deny',
        NotPrincipal: { AWS: resources.bystander },
        Action: '*',
        Resource: '*',
      }),
    }),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_notprincipal.html`,
    confidence: 'documented',
  },
  {
    id: 'principal-is-a-pattern',
    what: 'ARNs in Principal match with wildcards and without regard to case',
    question: ({ role }) => ({
      ...asked('role', 'DescribeSecret', allow({})),
      identity: [],
      resource: shared({ AWS: `${role.sessionArn.slice(0, -3)}*` }),
    }),
    aws: 'refused',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_principal.html`,
    confidence: 'documented',
  },
  {
    id: 'role-path-ignored',
    what: 'the ARN of a role in Principal matches by account and name, whatever its path',
    question: ({ role }) => ({
      ...asked('role', 'DescribeSecret', allow({})),
      identity: [],
      resource: shared({ AWS: role.arn.replace('/team/', '/') }),
    }),
    aws: 'refused',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_principal.html#principal-roles`,
    confidence: 'inferred',
  },
  {
    id: 'everyone-within-limits',
    what: 'what Principal "*" grants to a user or session is limited by boundary and session policy',
    question: ({ account }) => ({
      ...asked('user', 'DescribeKey', allow({})),
      identity: [],
      boundary: allow({ Action: 's3:*' }),
      resource: policy({ ...all, Principal: '*' }, ...(accountDecides(account)['Statement'] as readonly Json[])),
    }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-principalarn`,
    confidence: 'inferred',
  },
]
