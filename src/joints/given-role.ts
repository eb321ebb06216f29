import type { Reader } from '#model/world.ts'
import { roleArnOf } from './irsa/service-account.ts'
import { associationOf, type AssociationReader } from './pod-identity/association.ts'

/** The role that pods of a service account get: of its association, else of its annotation. @throws Unread when either was not read */
export function givenRole(
  world: AssociationReader & Reader<'k8s/ServiceAccount'>,
  cluster: string,
  { namespace, serviceAccount: name }: { readonly namespace: string; readonly serviceAccount: string },
): string | undefined {
  const association = associationOf(world, { cluster, namespace, name })
  if (association !== undefined) return association.body.roleArn
  const account = world.find('k8s/ServiceAccount', `${namespace}/${name}`, { cluster })
  return account === undefined ? undefined : roleArnOf(account)
}
