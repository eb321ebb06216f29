import { awsConnection, connectionKinds } from '#joints/aws-connection.ts'
import { connectionVerdict } from '#joints/aws-connection-verdict.ts'
import { defineCheck } from '#joints/define.ts'
import { podsBeside } from '#joints/pods-beside.ts'
import { overClasses } from '../class-uses.ts'
import { providersIn } from '../installed.ts'
import { settled } from '../settled.ts'

const services = {
  secretsmanager: { service: 'secretsmanager', text: 'Secrets Manager' },
  ssmparameter: { service: 'ssm', text: 'Systems Manager' },
} as const

export default defineCheck({
  id: 'secrets-store/service-connection-denied',
  title: 'A policy or a security group keeps the provider of secrets from the service that has them',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...connectionKinds, 'aws/eks/Cluster', 'k8s/SecretProviderClass'],
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, ({ parsed, regions }) => {
      const wanted = [...new Set(parsed.objects.map(({ type }) => services[type === 'secretsmanager' ? type : 'ssmparameter']))]
      // The provider asks from its own pod on each node.
      const providers = providersIn(world, workload.cluster).flatMap(({ daemonSet, image }) => {
        const beside = podsBeside(world, daemonSet, workload)
        return beside === undefined ? [] : [{ ...beside, at: image('asks AWS from its own pod on each node') }]
      })
      const asked = providers.flatMap(provider => regions.flatMap(region => wanted.map(each => ({ provider, region, ...each }))))
      return settled(
        asked,
        ({ provider, region, service, text }) => {
          const { cluster, name } = provider.workload
          return connectionVerdict(awsConnection(world, cluster, provider.pods, service, region), {
            workload: provider.workload,
            message: `${name}, which asks for what ${workload.name} mounts, cannot open a connection to ${text} in ${region}`,
            effect: 'The provider gets no answer, so the pods wait in ContainerCreating: dial tcp …:443: i/o timeout.',
            because: provider.at,
          })
        },
        'no provider runs in the cluster, which another check tells',
      )
    })
  },
})
