import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { overClasses } from '../class-uses.ts'
import { mountEvidence } from '../mounts.ts'
import { wayKinds, waysTo } from '../ways-to-service.ts'

const names = { secretsmanager: 'Secrets Manager', ssm: 'Systems Manager' } as const

export default defineCheck({
  id: 'secrets-store/service-unreachable',
  title: 'The nodes of pods that mount secrets have neither a route out nor an endpoint of the service',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...new Set([...workloadKinds, ...wayKinds, 'k8s/SecretProviderClass', 'k8s/DaemonSet', 'aws/eks/Cluster'] as const)],
  sources: [
    'https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, ({ mount, parsed, regions }) => {
      const services = new Set(
        parsed.objects.map(({ type }) => (type === 'secretsmanager' ? ('secretsmanager' as const) : ('ssm' as const))),
      )
      const because = []
      for (const service of services) {
        const way = waysTo(world, workload, service, regions[0] ?? '')
        if (way.is === 'none') return skip(way.why)
        if (way.is === 'open') because.push(...way.because)
        else {
          return fail({
            message: `node ${way.node.body.metadata.name} of ${workload.name} has no way to ${names[service]} in ${regions[0] ?? ''}: no route out of its subnet and no endpoint with private DNS`,
            evidence: [...way.evidence, mountEvidence(mount, `mounts what is in ${names[service]}`)],
            effect: `The provider’s pod on the node gets no answer, so the pods wait in ContainerCreating: dial tcp …:443: i/o timeout.`,
            help: `Make an interface endpoint com.amazonaws.${regions[0] ?? ''}.${service} with private DNS in the VPC; IRSA takes one of sts, and Pod Identity one of eks-auth.`,
          })
        }
      }
      return pass(...because)
    })
  },
})
