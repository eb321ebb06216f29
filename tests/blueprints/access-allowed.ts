import type { Context } from '#iam/request.ts'
import { askAccess } from '#joints/access.ts'
import { roleCaller } from '#joints/access-caller.ts'
import { roleArnOf } from '#joints/irsa/service-account.ts'
import type { World } from '#model/world.ts'

/** What the engine answers to the role that a service account has: by its association, else by its annotation. */
export function accessAllowed(world: World, serviceAccount: string, action: string, resource: string, context?: Context): string {
  const association = world
    .seen('aws/eks/PodIdentityAssociation')
    .find(({ body }) => `${body.namespace}/${body.serviceAccount}` === serviceAccount)
  const account = world.seen('k8s/ServiceAccount').find(({ id }) => id === serviceAccount)
  const roleArn = association?.body.roleArn ?? (account === undefined ? undefined : roleArnOf(account))
  const role = roleArn === undefined ? undefined : world.find('aws/iam/Role', roleArn)
  if (role === undefined) throw new Error(`${serviceAccount} has no role`)
  return askAccess(world, roleCaller(world, role), { action, resource, ...(context === undefined ? {} : { context }) }).decision.answer
}
