import { timedOut, noName, aws, type NetworkFault } from './network-fault.ts'

/** What NetworkPolicies mean, and what enforces them. */
export const policyFaults: readonly NetworkFault[] = [
  {
    name: 'policy lets nobody in',
    breaks: world => {
      world.edit('k8s/NetworkPolicy', 'shop/api-in', body => (body.spec.ingress = body.spec.ingress.slice(0, 0)))
      world.edit('k8s/PolicyEndpoint', 'shop/api-in-4xk9d', body => (body.spec.ingress = []))
    },
    says: [timedOut],
    of: 'deploy/status-page in platform',
    link: 'network-policy/traffic',
    check: 'flow-denied-by-policy',
  },
  {
    name: 'policy lets the status page in no longer',
    breaks: world => {
      world.edit('k8s/NetworkPolicy', 'shop/api-in', body => (body.spec.ingress[0].from = body.spec.ingress[0].from.slice(0, 1)))
      world.edit('k8s/PolicyEndpoint', 'shop/api-in-4xk9d', body => (body.spec.ingress = body.spec.ingress.slice(0, 2)))
    },
    says: [timedOut],
    of: 'deploy/status-page in platform',
    link: 'network-policy/traffic',
    check: 'flow-denied-by-policy',
  },
  {
    name: 'policy closes DNS',
    breaks: world => {
      world.edit('k8s/NetworkPolicy', 'platform/status-page-out', body => (body.spec.egress = body.spec.egress.slice(1)))
      world.edit('k8s/PolicyEndpoint', 'platform/status-page-out-tz7hc', body => (body.spec.egress = body.spec.egress.slice(2)))
    },
    says: [noName],
    of: 'deploy/status-page in platform',
    link: 'network-policy/dns',
    check: 'dns-egress-denied',
  },
  {
    name: 'policy closes DNS over TCP and UDP to all but port 80',
    breaks: world => {
      world.edit('k8s/NetworkPolicy', 'warehouse/closed', body => (body.spec.egress[0].ports = [{ protocol: 'TCP', port: 80 }]))
      world.edit('k8s/PolicyEndpoint', 'warehouse/closed-p2x7k', body => {
        for (const rule of body.spec.egress) rule.ports = [{ protocol: 'TCP', port: 80 }]
      })
    },
    says: [noName],
    of: 'sts/stock in warehouse',
    link: 'network-policy/dns',
    check: 'dns-egress-denied',
  },
  {
    name: 'policies switched off in the agent',
    breaks: world =>
      aws(world, containers => {
        containers[1].args = containers[1].args.map((argument: string) =>
          argument.replace('enable-network-policy=true', 'enable-network-policy=false'),
        )
      }),
    says: [],
    of: 'sts/stock in warehouse',
    link: 'network-policy/engine',
    check: 'enforcement-disabled',
  },
  {
    name: 'policies switched off in the controller',
    breaks: world =>
      world.edit('k8s/ConfigMap', 'kube-system/amazon-vpc-cni', body => (body.data['enable-network-policy-controller'] = 'false')),
    says: [],
    of: 'sts/stock in warehouse',
    link: 'network-policy/engine',
    check: 'enforcement-disabled',
  },
  {
    name: 'agent still has the rules of before',
    breaks: world =>
      world.edit('k8s/PolicyEndpoint', 'platform/status-page-out-tz7hc', body => (body.spec.egress = body.spec.egress.slice(0, 2))),
    says: [timedOut],
    of: 'deploy/status-page in platform',
    link: 'network-policy/resolved',
    check: 'policy-endpoint-outdated',
  },
  {
    name: 'a port of a policy that cannot be',
    breaks: world =>
      world.edit(
        'k8s/NetworkPolicy',
        'platform/status-page-out',
        body => (body.spec.egress[1].to = [{ ipBlock: { cidr: '10.0.0.0/33' } }]),
      ),
    says: [],
    of: 'deploy/status-page in platform',
    link: 'network-policy/policy',
    check: 'policy-part-invalid',
  },
]
