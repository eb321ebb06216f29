import { fileURLToPath } from 'node:url'
import { readWorld } from '#verbs/read-world.ts'
import { kindsToDiagnose } from '#verbs/diagnose.ts'
import { World } from '#model/world.ts'
import { WorldEditor, type Body } from './world-editor.ts'

export const cluster = 'shop-prod'
export const account = '111122223333'
export const region = 'eu-west-1'
export const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E'
export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`

/** The bundled company, with what its README says is wrong mended by hand where workloads of the campaign run through it. */
export async function healthyShop(): Promise<World> {
  const files = ['../../examples/shop', './pods.yaml', './guardduty.yaml', './external-secrets.yaml'].map(path =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const { world } = await readWorld({ files }, kindsToDiagnose)
  const editor = new WorldEditor(world)
  editor.edit('aws/iam/Role', 'role/shop-api', body => {
    body.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals[`${issuer}:sub`] = 'system:serviceaccount:shop:api'
  })
  editor.edit('aws/ec2/SecurityGroup', 'sg-0a0000000000000a1', body => {
    const peers = [{ GroupId: 'sg-0c0000000000000c1', UserId: account }]
    body.IpPermissions.push({ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: peers })
  })
  editor.edit('k8s/NetworkPolicy', 'shop/api-in', body => {
    const statusPage = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'platform' } },
      podSelector: { matchLabels: { app: 'status-page' } },
    }
    body.spec.ingress[0].from.push(statusPage)
  })
  editor.edit('k8s/NetworkPolicy', 'platform/status-page-out', body => {
    body.spec.egress[0].to[0].podSelector.matchLabels = { 'k8s-app': 'kube-dns' }
  })
  editor.edit('k8s/PolicyEndpoint', 'shop/api-in-4xk9d', body => {
    body.spec.ingress.push({ cidr: '10.0.1.33', ports: [{ protocol: 'TCP', port: 8080 }] })
  })
  editor.edit('aws/iam/Role', 'role/orders-tax', body => {
    body.RolePolicyList[0].PolicyDocument.Statement[0].Resource += '-??????'
  })
  editor.edit('aws/iam/Role', 'role/orders-invoices', body => {
    body.AssumeRolePolicyDocument.Statement[0].Action = ['sts:AssumeRole', 'sts:TagSession']
  })
  editor.edit('aws/kms/Key', '8e2c4b17-0d3a-4c59-9b7e-1a6f5d2c3b40', body => {
    const condition = body.Policy.Statement[1].Condition.ArnLike
    condition['kms:EncryptionContext:aws:logs:arn'] = `arn:aws:logs:${region}:${account}:log-group:/aws/containerinsights/shop-prod/*`
  })
  for (const name of ['orders/smtp-Gh45Jk', 'orders/tax-rates-Qw89Zx'])
    editor.edit('aws/secretsmanager/Secret', `secret:${name}`, body => Object.assign(body, rotated))
  guardDutyOn(editor)
  const quota = `arn:aws:servicequotas:${region}:${account}:vpc/L-2AFB9258`
  editor.add(
    'aws/servicequotas/Quota',
    quota,
    { account, region },
    { QuotaArn: quota, ServiceCode: 'vpc', QuotaCode: 'L-2AFB9258', Value: 5 },
  )
  return new World({
    resources: editor.world.resources(),
    read: [...world.read, { kind: 'aws/servicequotas/Quota' }],
    unread: world.unread,
    ...(world.readAt === undefined ? {} : { readAt: world.readAt }),
  })
}

/** GuardDuty installs its agent, in a VPC that resolves its name, and no rule hides what it finds. */
function guardDutyOn(editor: WorldEditor): void {
  editor.edit('aws/guardduty/Detector', 'detector/12abc34d567e8fa901bc2d34e56789f0', body => {
    const runtime = body.Features.find(({ Name }: Body) => Name === 'RUNTIME_MONITORING')
    runtime.AdditionalConfiguration[0].Status = 'ENABLED'
  })
  editor.edit('aws/guardduty/Filter', 'filter/too-loud', body => (body.Action = 'NOOP'))
  editor.edit('aws/ec2/Vpc', 'vpc/vpc-0c0000000000000c1', body =>
    Object.assign(body, { EnableDnsSupport: { Value: true }, EnableDnsHostnames: { Value: true } }),
  )
  for (const id of ['i-0a1b2c3d4e5f60718', 'i-0a1b2c3d4e5f60719'])
    editor.edit('aws/ec2/Instance', `instance/${id}`, body => (body.SecurityGroups = [{ GroupId: 'sg-0c0000000000000c1' }]))
}

/** Secrets Manager has changed them before the pods began, and goes on to. */
const rotated = { RotationEnabled: true, RotationRules: { AutomaticallyAfterDays: 30 }, LastRotatedDate: '2026-10-28T06:30:00.000Z' }

/** The statement of a role's trust. */
export const trustOf = (body: Body): Body => body.AssumeRolePolicyDocument.Statement[0]
