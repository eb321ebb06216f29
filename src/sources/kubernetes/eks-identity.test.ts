import { expect, test } from 'vitest'
import { eksIdentity, type KubeconfigNames } from './eks-identity.ts'

const server = 'https://10.0.0.1:6443'
const eksServer = 'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com'
const arn = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod'
const getToken = (...args: string[]) => ({ command: 'aws', args: ['eks', 'get-token', ...args] })

const cases: readonly (readonly [string, KubeconfigNames, ReturnType<typeof eksIdentity>])[] = [
  [
    'cluster named by its ARN',
    { context: 'p', cluster: arn, server },
    { name: 'prod', region: 'eu-west-1', account: '111122223333', from: 'arn' },
  ],
  [
    'context named by an ARN of China',
    { context: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod', cluster: 'x', server },
    { name: 'prod', region: 'cn-north-1', account: '111122223333', from: 'arn' },
  ],
  [
    'aws eks get-token',
    { context: 'p', cluster: 'c', server, exec: getToken('--cluster-name', 'prod', '--region', 'eu-west-1') },
    { name: 'prod', region: 'eu-west-1', from: 'exec' },
  ],
  [
    'flags with equals signs, region first',
    {
      context: 'p',
      cluster: 'c',
      server,
      exec: { command: '/usr/local/bin/aws', args: ['--region=us-gov-west-1', 'eks', 'get-token', '--cluster-name=prod'] },
    },
    { name: 'prod', region: 'us-gov-west-1', from: 'exec' },
  ],
  [
    'region from the command environment',
    {
      context: 'p',
      cluster: 'c',
      server,
      exec: { ...getToken('--cluster-name', 'prod'), env: [{ name: 'AWS_REGION', value: 'eu-north-1' }] },
    },
    { name: 'prod', region: 'eu-north-1', from: 'exec' },
  ],
  [
    'region from the host where the command has none',
    { context: 'p', cluster: 'c', server: eksServer, exec: getToken('--cluster-name', 'prod') },
    { name: 'prod', region: 'eu-west-1', from: 'exec' },
  ],
  [
    'aws-iam-authenticator',
    { context: 'p', cluster: 'c', server: eksServer, exec: { command: 'aws-iam-authenticator', args: ['token', '-i', 'prod'] } },
    { name: 'prod', region: 'eu-west-1', from: 'exec' },
  ],
  [
    'eksctl',
    { context: 'me@prod.eu-west-1.eksctl.io', cluster: 'prod.eu-west-1.eksctl.io', server },
    { name: 'prod', region: 'eu-west-1', from: 'eksctl' },
  ],
  [
    'only an EKS host: the name is a guess',
    { context: 'p', cluster: 'prod', server: eksServer },
    { name: 'prod', region: 'eu-west-1', from: 'server' },
  ],
  [
    'an ARN of another cluster as context adds nothing',
    { context: arn, cluster: 'c', server, exec: getToken('--cluster-name', 'staging') },
    { name: 'staging', from: 'exec' },
  ],
  ['another command', { context: 'p', cluster: 'c', server, exec: { command: 'gke-gcloud-auth-plugin', args: [] } }, undefined],
  ['a plain cluster', { context: 'kind-x', cluster: 'kind-x', server }, undefined],
]

test.each(cases)('%s', (_, names, expected) => {
  expect(eksIdentity(names)).toEqual(expected)
})
