import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { agentDaemonSets, agentName } from '../agent.ts'
import { accountText, associationsIn } from '../association.ts'

export default defineCheck({
  id: 'pod-identity/agent-missing',
  title: 'The cluster has associations and no Pod Identity agent',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/eks/Addon', 'aws/eks/PodIdentityAssociation', 'k8s/DaemonSet'],
  sources: ['https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html'],

  test({ subject: cluster, world }) {
    const { name, computeConfig } = cluster.body
    const associations = associationsIn(world, name)
    const [first] = associations
    if (first === undefined) return skip('the cluster has no associations')
    if (computeConfig?.enabled === true) return pass(cluster.at(['computeConfig', 'enabled'], 'nodes of Auto Mode have the agent built in'))
    const [agent] = agentDaemonSets(world, name)
    if (agent !== undefined) return pass(agent.at(['metadata', 'name'], 'the agent'))
    world.list('k8s/DaemonSet', { cluster: name })
    // EKS makes the DaemonSet a while after the add-on. One that is there and has no DaemonSet is broken, whatever its status says.
    const coming = world
      .seen('aws/eks/Addon')
      .find(({ body }) => body.clusterName === name && body.addonName === agentName && (body.status ?? 'CREATING') === 'CREATING')
    if (coming !== undefined) return pass(coming.at(['addonName'], 'EKS is adding the agent'))

    const count = associations.length === 1 ? 'a Pod Identity association' : `${associations.length} Pod Identity associations`
    return fail({
      message: `cluster ${name} has ${count} and no DaemonSet eks-pod-identity-agent`,
      evidence: [
        cluster.at(['name'], 'no agent runs in this cluster'),
        first.at(['serviceAccount'], `pods of ${accountText(first.body)} are to get credentials from it`),
      ],
      effect: 'Nothing answers at 169.254.170.23, so pods whose service account has an association get no AWS credentials.',
      help: `Install it with aws eks create-addon --cluster-name ${name} --addon-name eks-pod-identity-agent.`,
    })
  },
})
