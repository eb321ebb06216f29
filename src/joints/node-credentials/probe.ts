import { seenInstanceOf } from '#joints/node-instance.ts'
import type { Expectation, Observation, Prediction, StepResult } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { predicting } from '#joints/define-probe.ts'
import { reachOf } from './metadata-service.ts'

/** A pod should not reach the metadata service, and with it the role of its node. */
export const metadataExpectation = (world: World, cluster: string): Expectation => ({
  id: 'metadata',
  says: 'the metadata service of the node does not answer the pod',
  isMust: true,
  predicted: predicting(() => metadataPrediction(world, cluster)),
})

/** Which node the pod comes to is not known before: what all of them say counts. */
function metadataPrediction(world: World, cluster: string): Prediction {
  const nodes = world.list('k8s/Node', { cluster })
  const instances = nodes.map(node => ({ node, instance: seenInstanceOf(world, node) }))
  const unread = instances.find(({ instance }) => instance === undefined)
  if (nodes.length === 0 || unread !== undefined) {
    const reason = nodes.length === 0 ? 'no node was read' : 'the instance of a node was not found'
    return { is: 'unknown', fact: { kind: 'aws/ec2/Instance', reason, settle: { by: 'iam', action: 'ec2:DescribeInstances' } } }
  }
  const reached = instances.flatMap(({ instance }) => (instance === undefined ? [] : [{ instance, reach: reachOf(instance) }]))
  const open = reached.filter(({ reach }) => reach === 'version-1' || reach === 'hops')
  const at = reached.slice(0, 3).map(({ instance }) => instance.at(['MetadataOptions'], 'how the metadata service may be reached'))
  if (open.length === 0) return { is: 'yes', because: 'no node lets the answer with the token go on to pods', at }
  // A token is asked for by version 2, whose answer the hop limit holds back even where version 1 answers.
  const answering = reached.filter(
    ({ reach, instance }) => reach !== 'closed' && (instance.body.MetadataOptions?.HttpPutResponseHopLimit ?? 1) > 1,
  )
  if (answering.length === reached.length) return { is: 'no', because: 'every node lets the answer with the token go on to pods', at }
  return { is: 'unknown', fact: { kind: 'aws/ec2/Instance', reason: 'nodes differ, and which one the pod comes to is not known before' } }
}

export const metadataObserved = ({ ok, text }: StepResult): Observation => ({ is: ok ? 'no' : 'yes', text })
