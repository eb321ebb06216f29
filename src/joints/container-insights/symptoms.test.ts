import { describe, expect, it } from 'vitest'
import { recognise } from '#joints/define-symptoms.ts'
import joint from './joint.ts'
import symptoms from './symptoms.ts'

const role = 'arn:aws:sts::111122223333:assumed-role/prod-node/i-0a1b2c3d4e5f60718'

describe('texts as shippers, EKS and CloudWatch Logs say them', () => {
  it.each([
    [
      `[error] [output:cloudwatch_logs:cloudwatch_logs.0] CreateLogGroup API responded with error='AccessDeniedException'`,
      'permission',
      'api-denied',
      { operation: 'CreateLogGroup' },
    ],
    [
      `error="User: ${role} is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:eu-west-1:111122223333:log-group::log-stream: because"`,
      'permission',
      'logs-denied',
      { who: role, action: 'logs:DescribeLogGroups', resource: 'arn:aws:logs:eu-west-1:111122223333:log-group::log-stream:' },
    ],
    ['[error] [output:cloudwatch_logs:cloudwatch_logs.1] Failed to create log group', 'permission', 'group-not-made', { what: 'group' }],
    [
      "AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:111122223333:log-group:x'",
      'key',
      'key-not-allowed',
      { group: 'arn:aws:logs:us-east-1:111122223333:log-group:x' },
    ],
    [
      "ResourceAlreadyExistsException: The specified log group already exists: '/aws/eks/x/cluster'",
      'log-group',
      'group-exists',
      { group: '/aws/eks/x/cluster' },
    ],
    ['[error] [aws_credentials] Could not read shared credentials file /root/.aws/credentials', 'identity', 'no-credentials', {}],
    [
      'The add-on is unhealthy because 0/2 nodes are available: 1 Insufficient memory. preemption: 0/2 nodes are available',
      'nodes',
      'no-room-for-agent',
      { what: 'Insufficient memory' },
    ],
    ['0/2 nodes are available: 1 node(s) had untolerated taint {team: data}', 'nodes', 'untolerated-taint', { taint: 'team: data' }],
    ['E! ec2metadata is not available', 'identity', 'no-credentials', {}],
    [
      'W! No pod metric collected, metrics count is still 42 is containerd socket mounted?',
      'configuration',
      'no-pod-metrics',
      { count: '42' },
    ],
    ['Unauthorized panic: Cannot retrieve cadvisor data from kubelet', 'configuration', 'kubelet-refuses-agent', {}],
    [
      'code: InvalidEndpointURL, message: invalid endpoint uri, original error: &url.Error{Op:"parse", URL:"https://logs.{{region_name}}.amazonaws.com/"',
      'configuration',
      'placeholder-in-endpoint',
      { name: 'region_name' },
    ],
    ['[error] [filter:kubernetes:kubernetes.0] kubelet upstream connection error', 'configuration', 'kubelet-unreachable', {}],
    [
      'failed calling webhook "mpod.kb.io": Post "https://amazon-cloudwatch-observability-webhook-service.amazon-cloudwatch.svc:443/mutate": x509: certificate has expired or is not yet valid',
      'add-on',
      'webhook-certificate',
      { reason: 'certificate has expired or is not yet valid' },
    ],
  ])('%s', (text, link, id, parameters) => {
    const found = recognise(symptoms, text)
    expect([found?.symptom.link, found?.symptom.id, { ...found?.parameters }]).toEqual([link, id, parameters])
  })
  it.each([
    'User: x is not authorized to perform: s3:GetObject on resource: y',
    'the log group is fine',
    'failed to mount secrets store objects',
  ])('is silent about: %s', text => expect(recognise(symptoms, text)).toBeUndefined())
})

describe('symptoms', () => {
  it('point at links of the joint', () => {
    const links = new Set(joint.links.map(({ id }) => id))
    expect(symptoms.symptoms.filter(({ link }) => !links.has(link))).toEqual([])
  })
  it('take linear time', () => {
    for (const part of [
      '{{',
      'failed calling webhook "',
      'AssociateKmsKey ',
      'arn:',
      'amazon-cloudwatch-observability ',
      'UpdateClusterConfig ',
    ]) {
      const began = performance.now()
      recognise(symptoms, part.repeat(20_000))
      expect(performance.now() - began).toBeLessThan(1_500)
    }
  })
})
