import { setting, targetOf, type Change } from '#model/change.ts'
import type { Resource } from '#model/resource.ts'
import { annotation, annotationPath } from './service-account.ts'

/** Makes the service account ask for the role. */
export function annotating(serviceAccount: Resource<'k8s/ServiceAccount'>, roleArn: string): Change {
  const resource = serviceAccount as unknown as Resource
  return {
    target: targetOf(resource),
    edit: setting(resource, annotationPath(annotation.roleArn), roleArn),
    permissions: ['patch serviceaccounts'],
    risk: `New pods of ${serviceAccount.id} get the identity ${roleArn}. Running pods keep what they have until they are replaced.`,
  }
}
