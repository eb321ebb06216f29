import { expect, test } from 'vitest'
import { awsPermissions } from './operations.ts'

test('the least policy: narrowed to resources where IAM can, in the partition and account that are given', () => {
  expect(
    awsPermissions(['aws/iam/Role', 'aws/eks/Cluster', 'aws/iam/OpenIDConnectProvider'], { partition: 'aws-cn', account: '111122223333' }),
  ).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MortiseReadCluster',
        Effect: 'Allow',
        Action: ['eks:DescribeCluster'],
        Resource: 'arn:aws-cn:eks:*:111122223333:cluster/*',
      },
      {
        Sid: 'MortiseReadOidcProvider',
        Effect: 'Allow',
        Action: ['iam:GetOpenIDConnectProvider'],
        Resource: 'arn:aws-cn:iam::111122223333:oidc-provider/*',
      },
      {
        Sid: 'MortiseList',
        Effect: 'Allow',
        Action: ['eks:ListClusters', 'iam:GetAccountAuthorizationDetails', 'iam:ListOpenIDConnectProviders'],
        Resource: '*',
      },
    ],
  })
})
