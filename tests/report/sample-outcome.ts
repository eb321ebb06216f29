import { fingerprint, type Finding } from '../../src/findings/finding.ts'
import type { Outcome } from '../../src/findings/outcome.ts'
import type { Chain, LinkState } from '../../src/model/chain.ts'
import { setting, targetOf } from '../../src/model/change.ts'
import type { Kind, Kinds } from '../../src/model/kinds.ts'
import { pathText, type Origin } from '../../src/model/place.ts'
import { Resource, type Evidence, type Scope } from '../../src/model/resource.ts'

/** A resource of a file whose lines are given; the last step of a path, or its value, is looked for in them. */
export function inFile<K extends Kind>(
  kind: K,
  id: string,
  scope: Scope,
  body: unknown,
  file: string,
  lines: readonly string[],
): Resource<K> {
  const origin: Origin = {
    locate(path, spot) {
      const key = `${String(path.at(-1))}:`
      const index = Math.max(
        0,
        lines.findIndex(line => line.trimStart().startsWith(key)),
      )
      const text = lines[index] ?? ''
      const start = text.length - text.trimStart().length
      const value = text.length > start + key.length ? start + key.length + 1 : start
      const [column, length] = spot === 'key' ? [start, key.length - 1] : [value, text.length - value]
      const above = lines[index - 1]
      return {
        in: 'file',
        file,
        line: index + 1,
        column: column + 1,
        length: Math.max(1, length),
        text,
        ...(above === undefined ? {} : { above }),
      }
    },
  }
  return new Resource(kind, id, scope, body as Kinds[K], origin)
}

/** A resource that an API gave. */
export function fromApi<K extends Kind>(kind: K, id: string, scope: Scope, body: unknown, call: string): Resource<K> {
  const origin: Origin = { locate: path => ({ in: 'api', call, path: pathText(path), excerpt: '"system:serviceaccount:default:reader"' }) }
  return new Resource(kind, id, scope, body as Kinds[K], origin)
}

const cluster = { cluster: 'prod' }
const account = { account: '111122223333' }
const subjectKey = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub'
const roleArn = 'arn:aws:iam::111122223333:role/s3-reader'
const subjectPath = ['AssumeRolePolicyDocument', 'Statement', 0, 'Condition', 'StringEquals', subjectKey]
const rolePath = ['metadata', 'annotations', 'eks.amazonaws.com/role-arn']

const roleBody = {
  Arn: roleArn,
  RoleName: 's3-reader',
  AssumeRolePolicyDocument: {
    Statement: [{ Effect: 'Allow', Condition: { StringEquals: { [subjectKey]: 'system:serviceaccount:default:reader' } } }],
  },
}

export const serviceAccount = inFile(
  'k8s/ServiceAccount',
  'payments/reader',
  cluster,
  { metadata: { name: 'reader', namespace: 'payments', annotations: { 'eks.amazonaws.com/role-arn': roleArn } } },
  'k8s/reader.yaml',
  [
    'apiVersion: v1',
    'kind: ServiceAccount',
    'metadata:',
    '  name: reader',
    '  namespace: payments',
    '  annotations:',
    `    eks.amazonaws.com/role-arn: ${roleArn}`,
  ],
)

export const roleInFile = inFile('aws/iam/Role', roleArn, account, roleBody, 'infra/iam.yaml', [
  'AssumeRolePolicyDocument:',
  '  Statement:',
  '    - Effect: Allow',
  '      Condition:',
  '        StringEquals:',
  `          ${subjectKey}: system:serviceaccount:default:reader`,
])

export const roleFromApi = fromApi('aws/iam/Role', roleArn, account, roleBody, 'iam:GetRole s3-reader')

/** A fix of one value, with the restart that follows from it. */
export function trustFinding(role: Resource<'aws/iam/Role'>, over: Partial<Finding> = {}): Finding {
  const evidence: [Evidence, Evidence] = [
    role.at(subjectPath, 'the token says system:serviceaccount:payments:reader') as Evidence,
    serviceAccount.at(rolePath, 'this service account asks for the role'),
  ]
  return {
    fingerprint: fingerprint('irsa/trust-does-not-match', 'payments/reader', role.origin === roleFromApi.origin ? 'api' : ''),
    check: {
      id: 'irsa/trust-does-not-match',
      title: 'The role does not trust the service account',
      sources: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
    },
    joint: 'irsa',
    severity: 'high',
    subject: { key: 'k8s/ServiceAccount/prod/payments/reader', text: 'sa/reader in payments' },
    message: 'role s3-reader trusts reader in namespace default, not in payments',
    evidence,
    effect: 'AssumeRoleWithWebIdentity is denied, so pods using this service account get no AWS credentials.',
    fix: {
      title: 'trust system:serviceaccount:payments:reader',
      safe: false,
      changes: [
        {
          target: targetOf(role as unknown as Resource),
          edit: setting(role as unknown as Resource, subjectPath, 'system:serviceaccount:payments:reader'),
          permissions: ['iam:UpdateAssumeRolePolicy'],
          risk: 'Pods of the other service account lose the role.',
        },
        {
          target: { kind: 'k8s/Deployment', id: 'payments/reader', scope: cluster },
          edit: { do: 'restart', pods: ['payments/reader-1'] },
          permissions: ['patch deployments.apps'],
          risk: 'Pods are replaced.',
        },
      ],
    },
    workloads: ['cronjob/report in payments', 'deploy/reader in payments'],
    ...over,
  }
}

/** A fix that adds a structure and one that creates a resource. */
export const annotationFinding: Finding = {
  fingerprint: fingerprint('irsa/audience-missing', 'payments/reader'),
  check: { id: 'irsa/audience-missing', title: 'The provider does not accept the audience', sources: [] },
  joint: 'irsa',
  severity: 'low',
  subject: { key: 'k8s/ServiceAccount/prod/payments/reader', text: 'sa/reader in payments' },
  message: 'service account payments/reader names no audience',
  evidence: [serviceAccount.at(['metadata', 'annotations'], '', 'key')],
  effect: 'Pods get no AWS credentials.',
  fix: {
    title: 'name the audience and create the provider',
    safe: true,
    changes: [
      {
        target: targetOf(serviceAccount as unknown as Resource),
        edit: setting(
          serviceAccount as unknown as Resource,
          ['metadata', 'annotations', 'eks.amazonaws.com/audience'],
          'sts.amazonaws.com',
        ),
        permissions: [],
        risk: '',
      },
      {
        target: { kind: 'aws/iam/OpenIDConnectProvider', id: 'arn:aws:iam::111122223333:oidc-provider/example', scope: account },
        edit: { do: 'create', body: { Url: 'example', ClientIDList: ['sts.amazonaws.com', 'yes'] } },
        permissions: ['iam:CreateOpenIDConnectProvider'],
        risk: '',
      },
    ],
  },
  workloads: [],
}

export const trust = trustFinding(roleInFile)

const link = (id: string, verdict: LinkState['verdict'], check?: string): LinkState => ({
  id,
  title: id.replace('-', ' '),
  verdict,
  ...(check === undefined ? {} : { check }),
})

export const brokenChain: Chain = {
  joint: 'irsa',
  subject: 'deploy/reader in payments',
  state: 'broken',
  links: [
    link(
      'service-account',
      { is: 'pass', because: [serviceAccount.at(['metadata', 'name'], 'payments/reader')] },
      'irsa/service-account-missing',
    ),
    link('annotation', { is: 'pass', because: [serviceAccount.at(rolePath, '')] }, 'irsa/annotation-typo'),
    link('injection', { is: 'no-check' }),
    link('token', { is: 'skip', why: 'the pods have not started yet' }, 'irsa/token'),
    link('role', { is: 'pass', because: [roleFromApi.at(['Arn'], 'the role exists') as Evidence] }, 'irsa/role-missing'),
    link('trust', { is: 'fail', ...trust }, 'irsa/trust-does-not-match'),
    link('permissions', { is: 'not-asked' }),
  ],
}

const settle = { by: 'iam', action: 'iam:GetOpenIDConnectProvider' } as const

export const unknownChain: Chain = {
  joint: 'irsa',
  subject: 'sts/ledger in payments',
  state: 'unknown',
  links: [
    link(
      'provider',
      { is: 'unknown', fact: { kind: 'aws/iam/OpenIDConnectProvider', reason: 'access denied', settle } },
      'irsa/provider-missing',
    ),
  ],
}

const holdingChain: Chain = { joint: 'irsa', subject: 'ds/agent in platform', state: 'holds', links: [brokenChain.links[0] as LinkState] }

export const sample: Outcome = {
  findings: [trust, trustFinding(roleFromApi, { severity: 'medium' }), annotationFinding],
  unknowns: [
    {
      kind: 'aws/iam/OpenIDConnectProvider',
      reason: 'access denied',
      settle,
      verdicts: ['agent', 'batch', 'ledger', 'report', 'web'].map(name => ({
        check: 'irsa/provider-missing',
        subject: `sa/${name} in payments`,
      })),
    },
  ],
  joints: [{ joint: 'irsa', title: 'IAM roles for service accounts', holds: 1, broken: 1, unknown: 1 }],
  chains: [brokenChain, unknownChain, holdingChain],
  problems: [
    {
      code: 'YAML_SYNTAX',
      file: 'k8s/bad.yaml',
      line: 12,
      column: 3,
      message: 'a tab cannot indent',
      text: '\t\tkey: [a, b',
      help: 'indent with spaces',
    },
  ],
  ignored: new Map([
    ['v1/Service', 3],
    ['v1/ConfigMap', 1],
  ]),
  resources: 42,
  readAt: '2026-01-02T03:04:05Z',
}

export const emptyOutcome: Outcome = { findings: [], unknowns: [], joints: [], chains: [], problems: [], ignored: new Map(), resources: 0 }

/** The sample with every text from input replaced, for reports that must withstand them. */
export function hostile(text: string): Outcome {
  const place = { in: 'file', file: text, line: 3, column: 2, length: Math.max(1, text.length), text: ` ${text}`, above: text } as const
  const role = new Resource('aws/iam/Role', text, { account: text }, roleBody as never, { locate: () => place })
  const api = fromApi('aws/iam/Role', text, account, roleBody, text)
  const over = { message: text, effect: text, help: text, workloads: [text, text], subject: { key: text, text } }
  return {
    ...sample,
    findings: [
      trustFinding(role, over),
      {
        ...trustFinding(api, over),
        fix: {
          title: text,
          safe: true,
          changes: [
            {
              target: targetOf(api as unknown as Resource),
              edit: { do: 'create', body: { [text]: [text, { a: text }] } },
              permissions: [],
              risk: text,
            },
          ],
        },
      },
    ],
    unknowns: [{ kind: text, reason: text, settle: { by: 'user', step: text }, verdicts: [{ check: 'irsa/x', subject: text }] }],
    joints: [{ joint: text, title: text, holds: 1, broken: 0, unknown: 0 }],
    chains: [
      {
        joint: text,
        subject: text,
        state: 'unknown',
        links: [
          link(text, { is: 'unknown', fact: { kind: text, reason: text } }),
          link('x', { is: 'pass', because: [role.at(['Arn'], text) as Evidence] }),
        ],
      },
    ],
    problems: [{ code: 'X', file: text, line: 1, column: 1, message: text, text, help: text }],
    ignored: new Map([[text, 1]]),
  }
}
