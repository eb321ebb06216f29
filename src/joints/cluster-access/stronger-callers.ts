import { parseArn } from '#iam/arn.ts'
import type { Context } from '#iam/request.ts'
import type { Caller } from '#joints/access-caller.ts'
import { compiledDocument, joinLayers, type PlacedLayer } from '#joints/access-documents.ts'
import type { Resource } from '#model/resource.ts'
import type { Asked } from './role-may.ts'

export type Writable = Resource<'aws/iam/Role'> | Resource<'aws/iam/User'>

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

/** A layer that does not exist yet: whoever may write one chooses what it says. */
export const writtenLayer = (owner: Resource, document: unknown = everything): PlacedLayer => ({
  policies: [{ policy: compiledDocument(document, 'identity'), resource: owner, path: [], name: 'a policy that it writes' }],
  unread: [],
})

/** The caller with more policies. What denies, boundary and service control policies stay. */
export const withPolicies = (caller: Caller, more: PlacedLayer): Caller => ({ ...caller, identity: joinLayers(caller.identity, more) })

/** The caller with another text in a managed policy of its own. */
export const withPolicyText = (caller: Caller, arn: string, owner: Resource, document?: unknown): Caller => ({
  ...caller,
  identity: {
    ...caller.identity,
    policies: [...caller.identity.policies.filter(({ resource }) => resource.id !== arn), ...writtenLayer(owner, document).policies],
  },
})

export const withoutBoundary = ({ boundary: _, ...caller }: Caller): Caller => ({ ...caller, boundary: undefined })

/** Requests to IAM are made there, wherever they come from. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion */
export const regionOfIam = (arn: string): Context => (parseArn(arn)?.partition === 'aws' ? { 'aws:RequestedRegion': 'us-east-1' } : {})

/** A question of IAM about a role, a user, a group or a policy with all that a request about it carries. */
export function iamWrite(action: string, target: Resource, context: Context = {}): Asked {
  const { Tags: tags, PermissionsBoundary: boundary } = target.body as Pick<Writable['body'], 'Tags' | 'PermissionsBoundary'>
  const isRead = tags !== undefined || 'AttachedManagedPolicies' in target.body
  const ofTags = (tags ?? []).flatMap(({ Key, Value = '' }) =>
    Key === undefined ? [] : ['iam', 'aws'].map(prefix => [`${prefix}:ResourceTag/${Key}`, Value] as const),
  )
  return {
    action,
    resource: target.id,
    context: {
      ...regionOfIam(target.id),
      ...(isRead ? { 'iam:PermissionsBoundary': boundary?.PermissionsBoundaryArn ?? null } : {}),
      ...Object.fromEntries(ofTags),
      ...context,
    },
    ...(isRead ? { absent: ['iam:resourcetag/', 'aws:resourcetag/'] } : {}),
  }
}

/** `iam:PolicyARN` of the strongest policy that everybody has. */
export const administratorAccess = (owner: Resource): Context => ({
  'iam:PolicyARN': `arn:${parseArn(owner.id)?.partition ?? 'aws'}:iam::aws:policy/AdministratorAccess`,
})
