import { account, region, roleArn, trustOf } from './healthy-shop.ts'
import { taint } from './break-workload.ts'
import { degraded } from './degraded-addon.ts'
import { faultOf, type FaultRow } from './fault-rows.ts'
import type { Fault, Said } from './fault.ts'
import type { Body, WorldEditor } from './world-editor.ts'

const group = `arn:aws:logs:${region}:${account}:log-group:/aws/containerinsights/shop-prod/application`
const key = 'key/8e2c4b17-0d3a-4c59-9b7e-1a6f5d2c3b40'
const fluentBit = 'ds/fluent-bit in amazon-cloudwatch'

const output = (says: string): Said => ({ log: `[2026/11/03 07:58:10] [error] [output:cloudwatch_logs:cloudwatch_logs.0] ${says}` })

const addon = 'addon/shop-prod/amazon-cloudwatch-observability/9ac4d1f0'

const templates: readonly FaultRow[] = [
  {
    name: 'key lets CloudWatch Logs in for another group',
    breaks: world =>
      world.edit('aws/kms/Key', key, body => {
        body.Policy.Statement[1].Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'] =
          `arn:aws:logs:${region}:${account}:log-group:/aws/containerinsights/shop-2024/*`
      }),
    says: [
      output(
        "CreateLogStream API responded with error='AccessDeniedException', message='The specified KMS key does not exist or is not allowed to be used with Arn " +
          `'${group}'`,
      ),
    ],
    link: 'key',
    check: 'log-group-key-refuses-logs',
  },
  {
    name: 'key disabled',
    breaks: world => world.edit('aws/kms/Key', key, body => (body.KeyState = 'Disabled')),
    says: [],
    link: 'key',
    check: 'log-group-key-unusable',
  },
  {
    name: 'role may not write',
    breaks: world =>
      world.edit('aws/iam/Role', roleArn('shop-monitoring'), body => {
        body.RolePolicyList[0].PolicyDocument.Statement[0].Resource = `arn:aws:logs:${region}:${account}:log-group:/aws/containerinsights/shop-2024/*`
      }),
    says: [output("PutLogEvents API responded with error='AccessDeniedException'")],
    link: 'permission',
    check: 'write-denied',
  },
  {
    name: 'group deleted',
    breaks: world => {
      world.remove('aws/logs/LogGroup', group)
      world.removeAll('aws/logs/LogStreams', body => body.logGroupName.endsWith('/application'))
    },
    says: [
      output("CreateLogStream API responded with error='ResourceNotFoundException', message='The specified log group does not exist.'"),
      output('ResourceNotFoundException: The specified log group does not exist.'),
    ],
    link: 'log-group',
    check: 'log-group-missing',
  },
  {
    name: 'a placeholder left in its configuration',
    breaks: world => {
      const leave = (spec: Body) => (spec.containers[0].env.find(({ name }: Body) => name === 'AWS_REGION').value = '{{region_name}}')
      world.edit('k8s/DaemonSet', 'amazon-cloudwatch/fluent-bit', body => leave(body.spec.template.spec))
      world.editAll(
        'k8s/Pod',
        body => body.metadata.name.startsWith('fluent-bit-'),
        body => leave(body.spec),
      )
    },
    says: [output('Could not connect to the endpoint URL: "https://logs.{{region_name}}.amazonaws.com/"')],
    link: 'configuration',
    check: 'placeholder-left',
  },
  {
    name: 'a node that is tainted',
    breaks: (world: WorldEditor) => {
      taint(world, 'ip-10-0-2-17.eu-west-1.compute.internal')
      world.edit('k8s/DaemonSet', 'amazon-cloudwatch/fluent-bit', body => {
        body.spec.template.spec.tolerations = []
        delete body.spec.template.spec.priorityClassName
      })
      world.removeAll(
        'k8s/Pod',
        (body: Body) => body.metadata.name.startsWith('fluent-bit-') && body.spec.nodeName.startsWith('ip-10-0-2-17'),
      )
      degraded(
        world,
        addon,
        'InsufficientNumberOfReplicas',
        'The add-on is unhealthy because 0/2 nodes are available: 1 node(s) had untolerated taint {team: data}.',
      )
    },
    says: [],
    link: 'nodes',
    check: 'node-not-covered',
  },
  {
    name: 'trust of the monitoring role',
    breaks: world => world.edit('aws/iam/Role', roleArn('shop-monitoring'), body => (trustOf(body).Action = 'sts:AssumeRole')),
    says: [
      {
        log: 'failed to refresh cached credentials, [4f7f]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client',
      },
    ],
    link: 'pod-identity/trust',
    check: 'pod-identity/trust-missing-tag-session',
  },
]

export const logFaults: readonly Fault[] = templates.map(faultOf({ title: 'logs', joint: 'container-insights', of: fluentBit }, undefined))
