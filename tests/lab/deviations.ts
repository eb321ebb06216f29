/** What a trust statement can speak of. */
export interface TrustFacts {
  readonly providerArn: string
  /** The issuer without its scheme: the prefix of condition keys. */
  readonly issuerKey: string
  /** The subject of the token that is presented; its audience is `sts.amazonaws.com`. */
  readonly subject: string
}

/**
 * One way in which the lab's STS decides a trust policy differently from AWS. A comparison with the lab must leave these
 * out by name; `deviations.test.ts` proves each against the running lab, so that a new ministack cannot change them unseen.
 */
export interface Deviation {
  readonly id: string
  readonly what: string
  /** The only statement of a trust policy that shows it. */
  readonly statement: (facts: TrustFacts) => Readonly<Record<string, unknown>>
  /** What AWS decides; `refused` when IAM would not accept the document (MalformedPolicyDocument). */
  readonly aws: 'allowed' | 'denied' | 'refused'
  readonly lab: 'allowed' | 'denied'
  /** Where AWS says so. `inferred`: from that page's general rule, not from a sentence about this case. */
  readonly source: string
  readonly confidence: 'documented' | 'inferred'
}

const guide = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'

const allow = (
  { providerArn }: TrustFacts,
  condition: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
) => ({
  Effect: 'Allow',
  Principal: { Federated: providerArn },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: condition,
  ...more,
})

export const deviations: readonly Deviation[] = [
  {
    id: 'policy-variable',
    what: 'policy variables are compared as literal text',
    statement: facts => allow(facts, { StringEquals: { [`${facts.issuerKey}:sub`]: `\${${facts.issuerKey}:sub}` } }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_variables.html`,
    confidence: 'inferred',
  },
  {
    id: 'principal-key-present',
    what: 'aws:PrincipalArn, aws:PrincipalAccount and aws:PrincipalType have values, though the call is unsigned',
    statement: facts => allow(facts, { Null: { 'aws:PrincipalArn': 'false' } }),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_condition-keys.html#condition-keys-principalarn`,
    confidence: 'inferred',
  },
  {
    id: 'role-session-name-absent',
    what: 'sts:RoleSessionName has no value for web identities',
    statement: facts => allow(facts, { StringLike: { 'sts:RoleSessionName': '*' } }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_iam-condition-keys.html#ck_rolesessionname`,
    confidence: 'documented',
  },
  {
    id: 'principal-aws-star',
    what: 'Principal {"AWS": "*"} does not mean everybody, as "*" does',
    statement: facts => allow(facts, {}, { Principal: { AWS: '*' } }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_elements_principal.html#principal-anonymous`,
    confidence: 'inferred',
  },
  {
    id: 'arn-operator-on-text',
    what: 'ARN operators match one pattern over the whole value: wildcards cross colons, and the value need not be an ARN',
    statement: facts => allow(facts, { ArnLike: { [`${facts.issuerKey}:sub`]: 'system:*' } }),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_condition_operators.html#Conditions_ARN`,
    confidence: 'inferred',
  },
  {
    id: 'binary-operator-on-text',
    what: 'BinaryEquals compares texts, where AWS compares the bytes that Base64 values stand for',
    statement: facts => allow(facts, { BinaryEquals: { [`${facts.issuerKey}:sub`]: facts.subject } }),
    aws: 'denied',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals`,
    confidence: 'inferred',
  },
  {
    id: 'boolean-in-capitals',
    what: 'a JSON boolean is compared as the text True or False, which no text operator finds',
    statement: facts => allow(facts, { StringEquals: { 'aws:SecureTransport': true } }),
    aws: 'allowed',
    lab: 'denied',
    source: `${guide}/reference_policies_grammar.html`,
    confidence: 'inferred',
  },
  {
    id: 'condition-not-an-object',
    what: 'an operator whose keys are not an object is skipped, which leaves the statement without that condition',
    statement: facts => allow(facts, { StringEquals: ['nothing'] }),
    aws: 'refused',
    lab: 'allowed',
    source: `${guide}/reference_policies_grammar.html`,
    confidence: 'documented',
  },
  {
    id: 'unknown-operator',
    what: 'trust policies are not validated; an operator that does not exist is a condition that never holds',
    statement: facts => allow(facts, { StringMatches: { [`${facts.issuerKey}:sub`]: facts.subject } }),
    aws: 'refused',
    lab: 'denied',
    source: `${guide}/reference_policies_grammar.html`,
    confidence: 'documented',
  },
  {
    id: 'null-if-exists',
    what: 'NullIfExists is accepted, as a condition that never holds',
    statement: facts => allow(facts, { NullIfExists: { [`${facts.issuerKey}:sub`]: 'false' } }),
    aws: 'refused',
    lab: 'denied',
    source: `${guide}/reference_policies_elements_condition_operators.html#Conditions_IfExists`,
    confidence: 'documented',
  },
  {
    id: 'resource-in-trust',
    what: 'a trust policy may have a Resource, which is not looked at',
    statement: facts => allow(facts, {}, { Resource: 'arn:aws:iam::111122223333:role/another' }),
    aws: 'refused',
    lab: 'allowed',
    source: `${guide}/reference_policies_elements_resource.html`,
    confidence: 'inferred',
  },
]
