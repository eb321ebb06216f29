import type { AwsKind } from '#model/kinds.ts'
import type { Form } from './conform.ts'

const policyNames: Form = { list: { fields: { PolicyName: 'text', PolicyArn: 'text' } } }

/** The fields that joints rely on, with the types of the AWS API. */
export const awsForms: Readonly<Record<AwsKind, Form>> = {
  'aws/eks/Cluster': {
    fields: {
      name: 'text',
      arn: 'text',
      version: 'text',
      status: 'text',
      identity: { fields: { oidc: { fields: { issuer: 'text' } } } },
    },
    required: ['name', 'arn'],
  },
  'aws/iam/OpenIDConnectProvider': {
    fields: { Arn: 'text', Url: 'text', ClientIDList: 'texts', ThumbprintList: 'texts' },
    required: ['Arn'],
  },
  'aws/iam/Policy': {
    fields: { Arn: 'text', PolicyName: 'text', PolicyVersionList: { list: { fields: { VersionId: 'text', IsDefaultVersion: 'flag' } } } },
    required: ['Arn'],
  },
  'aws/iam/Role': {
    fields: {
      Arn: 'text',
      RoleName: 'text',
      Path: 'text',
      RolePolicyList: { list: { fields: { PolicyName: 'text' } } },
      AttachedManagedPolicies: policyNames,
      PermissionsBoundary: { fields: { PermissionsBoundaryArn: 'text' } },
    },
    required: ['Arn', 'RoleName'],
  },
}

type Pattern = readonly (string | '*')[]

/** Where policy documents stand in a body; `*` is every item of a list. */
export const policyPlaces: Readonly<Record<AwsKind, readonly Pattern[]>> = {
  'aws/eks/Cluster': [],
  'aws/iam/OpenIDConnectProvider': [],
  'aws/iam/Policy': [['PolicyVersionList', '*', 'Document']],
  'aws/iam/Role': [
    ['AssumeRolePolicyDocument'],
    ['RolePolicyList', '*', 'PolicyDocument'],
    ['InstanceProfileList', '*', 'Roles', '*', 'AssumeRolePolicyDocument'],
  ],
}
