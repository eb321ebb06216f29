import { account, issuer, roleArn, trustOf } from './healthy-shop.ts'
import { editPods, isPodOf, withoutInjected, writeKeys } from './break-workload.ts'
import { faultOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

/** One workload whose service account has a role, and is well. */
interface Who {
  readonly name: string
  readonly namespace: string
  readonly role: string
}

const whos: readonly Who[] = [
  { name: 'web', namespace: 'shop', role: 'shop-web' },
  { name: 'autoscaler', namespace: 'platform', role: 'platform-autoscaler' },
  { name: 'receipts', namespace: 'orders', role: 'orders-receipts' },
  { name: 'api', namespace: 'shop', role: 'shop-api' },
]

const call = 'when calling the AssumeRoleWithWebIdentity operation'
// botocore, aws-sdk-go-v2 and aws-sdk-js as they word STS's answer.
const refusals = [
  `botocore.exceptions.ClientError: An error occurred (AccessDenied) ${call}: Not authorized to perform sts:AssumeRoleWithWebIdentity`,
  'operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: 5b1c…, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
  'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:388:20)',
  'WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\tstatus code: 403, request id: 1f0a',
]
const invalid = (text: string): Said => ({ log: `An error occurred (InvalidIdentityToken) ${call}: ${text}` })
const nothing: readonly Said[] = [{ log: 'botocore.exceptions.NoCredentialsError: Unable to locate credentials' }]

const account_ = (world: WorldEditor, { namespace, name }: Who, change: (body: Body) => void) =>
  world.edit('k8s/ServiceAccount', `${namespace}/${name}`, change)
const annotation = 'eks.amazonaws.com/role-arn'

const bare = withoutInjected('aws-iam-token')

const trust = (name: string, check: string, change: (statement: Body, who: Who) => void): FaultRow<Who> => ({
  name,
  breaks: (world, who) => world.edit('aws/iam/Role', `role/${who.role}`, body => change(trustOf(body), who)),
  says: [],
  link: 'trust',
  check,
})
const subject = ({ namespace, name }: Who): string => `system:serviceaccount:${namespace}:${name}`

const trustFaults: readonly FaultRow<Who>[] = [
  trust('trusts another namespace', 'trust-does-not-match', (statement, { name }) => {
    statement.Condition.StringEquals[`${issuer}:sub`] = `system:serviceaccount:default:${name}`
  }),
  trust('trusts another name', 'trust-does-not-match', (statement, who) => {
    statement.Condition.StringEquals[`${issuer}:sub`] = `${subject(who)}-v1`
  }),
  trust('trusts another audience', 'trust-does-not-match', statement => {
    statement.Condition.StringEquals[`${issuer}:aud`] = 'vault.example.com'
  }),
  trust('takes a star literally', 'trust-literal-wildcard', (statement, { namespace }) => {
    statement.Condition.StringEquals[`${issuer}:sub`] = `system:serviceaccount:${namespace}:*`
  }),
  trust('looks for the subject under the audience', 'trust-subject-under-audience', (statement, who) => {
    statement.Condition.StringEquals = { [`${issuer}:aud`]: subject(who) }
  }),
  trust('allows another action', 'trust-action-mismatch', statement => {
    statement.Action = 'sts:AssumeRole'
  }),
  trust('names the provider of a deleted cluster', 'trust-wrong-issuer', statement => {
    statement.Principal.Federated = statement.Principal.Federated.replace(/[0-9A-F]{20}$/, 'A'.repeat(20))
  }),
  trust('has conditions of a deleted cluster', 'trust-wrong-issuer', (statement, who) => {
    const old = issuer.replace(/[0-9A-F]{20}$/, 'A'.repeat(20))
    statement.Condition.StringEquals = { [`${old}:aud`]: 'sts.amazonaws.com', [`${old}:sub`]: subject(who) }
  }),
  trust('writes the scheme into its conditions', 'trust-wrong-issuer', (statement, who) => {
    statement.Condition.StringEquals = { [`https://${issuer}:sub`]: subject(who) }
  }),
]

const templates: readonly FaultRow<Who>[] = [
  ...trustFaults.map((fault, index) => ({ ...fault, says: [{ log: refusals[index % refusals.length] ?? '' }] })),
  {
    name: 'denies everybody',
    breaks: (world, { role }) =>
      world.edit('aws/iam/Role', `role/${role}`, body => {
        body.AssumeRolePolicyDocument.Statement.push({ ...structuredClone(trustOf(body)), Effect: 'Deny', Condition: {} })
      }),
    says: [{ log: refusals[1] ?? '' }],
    link: 'trust',
    check: 'trust-does-not-match',
  },
  {
    name: 'role deleted',
    breaks: (world, { role }) => world.remove('aws/iam/Role', roleArn(role)),
    says: [{ log: refusals[0] ?? '' }],
    link: 'role',
    check: 'role-missing',
  },
  {
    name: 'provider deleted',
    breaks: world => world.remove('aws/iam/OpenIDConnectProvider', `arn:aws:iam::${account}:oidc-provider/${issuer}`),
    says: [invalid(`No OpenIDConnect provider found in your account for https://${issuer}`)],
    link: 'provider',
    check: 'provider-missing',
  },
  {
    name: 'provider without the audience',
    breaks: world =>
      world.edit('aws/iam/OpenIDConnectProvider', `arn:aws:iam::${account}:oidc-provider/${issuer}`, body => {
        body.ClientIDList = ['sigstore']
      }),
    says: [invalid('Incorrect token audience')],
    link: 'provider',
    check: 'provider-audience-missing',
  },
  {
    name: 'service account asks for another audience',
    breaks: (world, who) => {
      account_(world, who, body => (body.metadata.annotations['eks.amazonaws.com/audience'] = 'vault.example.com'))
      editPods(world, who, body => {
        for (const volume of body.spec.volumes)
          for (const source of volume.projected?.sources ?? []) source.serviceAccountToken.audience = 'vault.example.com'
      })
    },
    says: [invalid('Incorrect token audience')],
    link: 'provider',
    check: 'provider-audience-missing',
  },
  {
    name: 'annotation with a blank at its end',
    breaks: (world, who) => {
      account_(world, who, body => (body.metadata.annotations[annotation] += ' '))
      editPods(world, who, body => {
        for (const { env } of body.spec.containers)
          for (const variable of env ?? []) if (variable.name === 'AWS_ROLE_ARN') variable.value += ' '
      })
    },
    says: [{ log: `An error occurred (ValidationError) ${call}: Request ARN is invalid` }],
    link: 'service-account',
    check: 'role-arn-malformed',
  },
  {
    name: 'annotation under a misspelt key',
    breaks: (world, who) => {
      account_(world, who, body => (body.metadata.annotations = { 'eks.amazon.com/role-arn': roleArn(who.role) }))
      editPods(world, who, bare)
    },
    says: nothing,
    link: 'service-account',
    check: 'annotation-typo',
  },
  {
    name: 'annotation on the pods',
    breaks: (world, who) => {
      account_(world, who, body => (body.metadata.annotations = {}))
      const move = (body: Body) =>
        (body.metadata = { ...body.metadata, annotations: { ...body.metadata?.annotations, [annotation]: roleArn(who.role) } })
      world.edit('k8s/Deployment', `${who.namespace}/${who.name}`, body => move(body.spec.template))
      editPods(world, who, body => {
        bare(body)
        move(body)
      })
    },
    says: nothing,
    link: 'service-account',
    check: 'annotation-misplaced',
  },
  {
    name: 'service account deleted',
    breaks: (world, who) => {
      world.remove('k8s/ServiceAccount', `${who.namespace}/${who.name}`)
      world.removeAll('k8s/Pod', isPodOf(who))
    },
    says: ({ name, namespace }) => [
      {
        event: 'FailedCreate',
        of: { kind: 'Deployment', name },
        says: `Error creating: pods "${name}-7d4f9c-" is forbidden: error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
      },
    ],
    link: 'service-account',
    check: 'service-account-missing',
  },
  {
    name: 'pods older than the annotation',
    breaks: (world, who) => editPods(world, who, bare),
    says: nothing,
    link: 'injection',
    check: 'pod-not-mutated',
  },
  {
    name: 'fell to the role of the node',
    breaks: (world, who) => editPods(world, who, bare),
    says: [
      {
        log: `An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::${account}:assumed-role/shop-node/i-0a1b2c3d4e5f60718 is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::partner-exports/q3.csv" because no identity-based policy allows the s3:GetObject action`,
      },
    ],
    link: 'injection',
    check: 'pod-not-mutated',
  },
  {
    name: 'webhook told to skip the pods',
    breaks: (world, who) => {
      const skip = (body: Body) => (body.metadata.labels['eks.amazonaws.com/skip-pod-identity-webhook'] = 'true')
      world.edit('k8s/Deployment', `${who.namespace}/${who.name}`, body => skip(body.spec.template))
      editPods(world, who, body => {
        bare(body)
        skip(body)
      })
    },
    says: [{ log: 'CredentialsProviderError: Could not load credentials from any providers' }],
    link: 'webhook',
    check: 'webhook-skips-workload',
  },
  {
    name: 'webhook deleted',
    breaks: (world, who) => {
      world.remove('k8s/MutatingWebhookConfiguration', 'pod-identity-webhook')
      editPods(world, who, bare)
    },
    says: [{ log: 'NoCredentialProviders: no valid providers in chain. Deprecated.' }],
    link: 'webhook',
    check: 'webhook-unhealthy',
  },
  {
    name: 'token not mounted',
    breaks: (world, who) =>
      editPods(world, who, body => {
        for (const container of body.spec.containers)
          container.volumeMounts = container.volumeMounts.filter(({ name }: Body) => name !== 'aws-iam-token')
      }),
    says: [
      {
        log: 'WebIdentityErr: failed fetching WebIdentity token: \ncaused by: unable to read file at /var/run/secrets/eks.amazonaws.com/serviceaccount/token\ncaused by: open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: no such file or directory',
      },
    ],
    link: 'injection',
    check: 'injection-partial',
  },
  {
    name: 'pods still have the role of before',
    breaks: (world, who) =>
      editPods(world, who, body => {
        for (const { env } of body.spec.containers)
          for (const variable of env ?? []) if (variable.name === 'AWS_ROLE_ARN') variable.value = roleArn(`${who.role}-before`)
      }),
    says: ({ role }) => [
      {
        log: `User: arn:aws:sts::${account}:assumed-role/${role}-before/botocore-session-1732435200 is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::partner-exports/q3.csv because no identity-based policy allows the s3:GetObject action`,
      },
    ],
    link: 'injection',
    check: 'pod-identity-stale',
  },
  {
    name: 'keys written into the container',
    breaks: writeKeys,
    says: [
      {
        log: 'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.',
      },
    ],
    link: 'credentials',
    check: 'identity-shadowed',
  },
  {
    name: 'a resource control policy denies the exchange',
    breaks: world =>
      world.edit('aws/organizations/Policy', 'p-RCPFullAWSAccess', body => {
        const statements = body.Content?.Statement ?? body.Document?.Statement
        statements.push({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRoleWithWebIdentity', Resource: '*' })
      }),
    says: [{ log: refusals[2] ?? '' }],
    link: 'guardrails',
    check: 'resource-control-denies-token',
  },
]

/** Each fault for each of the workloads. */
export const irsaFaults: readonly Fault[] = whos.flatMap(who =>
  templates.map(faultOf({ title: `irsa ${who.name}`, joint: 'irsa', of: `deploy/${who.name} in ${who.namespace}` }, who)),
)
