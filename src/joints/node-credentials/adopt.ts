import { defineAdoption, nowhere } from '#joints/define-adoption.ts'
import { isNode, isRunning } from './node-instances.ts'

/** How the instances of the nodes answer for credentials, where all do it alike. */
export default defineAdoption({
  fills: 'nodes',
  reads: ['aws/ec2/Instance'],
  adopt(world, cluster) {
    const instances = world.list('aws/ec2/Instance', cluster.scope).filter(each => isRunning(each) && isNode(each))
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
