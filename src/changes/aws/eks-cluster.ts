import { UserError } from '#base/errors.ts'
import { sameValue } from '#model/comparison.ts'
import type { EksClusterBody } from '#model/kinds.ts'
import { valueAt, type Path } from '#model/place.ts'
import type { Writer } from '../writer.ts'
import { call, found, lastOf, type AwsAccess } from './aws-access.ts'
import { eksOf } from './clients.ts'

/** What of a cluster can be written, and the member of eks:UpdateClusterConfig that does it. EKS takes one of them at a time. */
const parts: readonly { readonly path: Path; readonly input: (after: EksClusterBody) => object }[] = [
  {
    path: ['accessConfig', 'authenticationMode'],
    input: ({ accessConfig }) => ({ accessConfig: { authenticationMode: accessConfig?.authenticationMode } }),
  },
  {
    path: ['logging', 'clusterLogging'],
    input: ({ logging }) => ({ logging: { clusterLogging: logging?.clusterLogging } }),
  },
]

/** Clusters that exist, as eks:DescribeCluster gives them. https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterConfig.html */
export function clusterWriter(access: AwsAccess): Writer<'aws/eks/Cluster'> {
  const connected = eksOf(access)
  const refuse = async (): Promise<never> => {
    throw new UserError('NOT_WRITABLE', 'mortise neither makes nor deletes clusters', { help: 'report this plan' })
  }
  return {
    create: refuse,
    delete: refuse,
    async read({ id }) {
      const { eks, commands } = await connected()
      const answer = await found('eks', 'DescribeCluster', () => eks.send(new commands.DescribeClusterCommand({ name: lastOf(id) })))
      return answer?.cluster === undefined ? undefined : { body: answer.cluster as unknown as EksClusterBody }
    },
    async update({ id }, before, after) {
      const { eks, commands } = await connected()
      const changed = parts.filter(({ path }) => !sameValue(valueAt(before.body, path), valueAt(after, path)))
      if (changed.length === 0)
        throw new UserError('CHANGE_CONFLICT', `mortise cannot change that of cluster ${lastOf(id)}`, { help: 'report this plan' })
      for (const { input } of changed) {
        const update = { name: lastOf(id), ...input(after) }
        await call('eks', 'UpdateClusterConfig', () => eks.send(new commands.UpdateClusterConfigCommand(update)))
      }
    },
    isReady: ({ body }) => body.status === 'ACTIVE',
  }
}
