import { defineAdoption, nowhere } from '#joints/define-adoption.ts'
import { nodesOfCluster } from './node-instances.ts'

/** How the instances of the nodes answer for credentials, where all do it alike. */
export default defineAdoption({
  fills: 'nodes',
  reads: ['aws/ec2/Instance', 'k8s/Node'],
  adopt(world, cluster) {
    const instances = nodesOfCluster(world, cluster)
    const options = new Map(
      instances.map(({ body: { MetadataOptions: { HttpPutResponseHopLimit: hopLimit, HttpTokens: tokens } = {} } }) => [
        `${hopLimit ?? ''} ${tokens ?? ''}`,
        { hopLimit, tokens },
      ]),
    )
    const [first] = options.values()
    if (first?.hopLimit === undefined || first.tokens === undefined) return undefined
    if (options.size > 1)
      return { part: {}, remarks: ['nodes: the instances have different hop limits or token modes; declare what all shall have.'] }
    return { part: { nodes: { imds: { hopLimit: first.hopLimit, tokens: first.tokens }, where: nowhere } }, remarks: [] }
  },
})
