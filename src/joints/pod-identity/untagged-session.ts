import { Unread } from '#base/errors.ts'
import type { PlacedLayer } from '#joints/access-documents.ts'
import { setting, targetOf } from '#model/change.ts'
import type { Evidence, Resource } from '#model/resource.ts'
import type { Fix } from '#model/verdict.ts'
import { hasPolicy, type Association } from './association.ts'
import { tagDependence, type Dependence } from './tag-dependence.ts'

/** What a policy asks of a session's tags, and where it stands. */
export interface PlacedDependence extends Dependence {
  readonly name: string
  readonly at: Evidence
}

/**
 * The first statement of a role's policies that counts on the tags.
 * @throws Unread when none does and not all were read.
 */
export function sessionDependence(role: Resource<'aws/iam/Role'>, { policies, unread }: PlacedLayer): PlacedDependence | undefined {
  const tags = (role.body.Tags ?? []).flatMap(({ Key }) => Key ?? [])
  for (const { policy, resource, path, name } of policies) {
    const found = tagDependence(policy, tags)
    if (found !== undefined)
      return { ...found, name, at: resource.at([...path, ...found.path], 'no session of this association carries the tag') }
  }
  const [fact] = unread
  if (fact !== undefined) throw new Unread(fact)
  return undefined
}

/** A session policy and tags exclude each other, so then only a person can say which is to go. */
export function taggingFix(association: Association): Fix | undefined {
  if (hasPolicy(association)) return undefined
  const resource = association as unknown as Resource
  return {
    title: 'send the session tags',
    safe: false,
    changes: [
      {
        target: targetOf(resource),
        edit: setting(resource, ['disableSessionTags'], false),
        permissions: ['eks:UpdatePodIdentityAssociation', 'iam:PassRole'],
        risk: 'New sessions carry the six tags, which need sts:TagSession in the trust policy and go on to every role of a chain. Pods keep their credentials until these expire.',
      },
    ],
  }
}
