import type { KubernetesNetworkBodies } from '#model/kinds-kubernetes-network.ts'
import type { Form } from './conform.ts'
import { custom, metadata, peers, ports, selector } from './kubernetes-form-parts.ts'

const namespacedPods: Form = { fields: { namespaceSelector: selector, podSelector: selector }, required: ['podSelector'] }
const subject: Form = { fields: { namespaces: selector, pods: namespacedPods } }
const egressPeer: Form = {
  fields: { namespaces: selector, pods: namespacedPods, nodes: selector, networks: 'texts', domainNames: 'texts' },
}

const portList: Form = {
  list: {
    fields: {
      portNumber: { fields: { protocol: 'text', port: 'number' }, required: ['port'] },
      portRange: { fields: { protocol: 'text', start: 'number', end: 'number' }, required: ['start', 'end'] },
      namedPort: 'text',
    },
  },
}

const destination: Form = {
  fields: {
    destinationPort: {
      fields: { number: 'number', range: { fields: { start: 'number', end: 'number' }, required: ['start', 'end'] } },
    },
  },
}
const protocols: Form = { list: { fields: { tcp: destination, udp: destination, sctp: destination, destinationNamedPort: 'text' } } }

const rules = (more: Readonly<Record<string, Form>>): Readonly<Record<string, Form>> => ({
  subject,
  ingress: { list: { fields: { name: 'text', action: 'text', from: { list: subject }, ...more }, required: ['action', 'from'] } },
  egress: { list: { fields: { name: 'text', action: 'text', to: { list: egressPeer }, ...more }, required: ['action', 'to'] } },
})

const tiered = (more: Readonly<Record<string, Form>>): Form =>
  custom({ fields: { tier: 'text', priority: 'number', ...rules(more) }, required: ['tier', 'priority', 'subject'] })

const resolvedPods: Form = {
  list: { fields: { hostIP: 'text', podIP: 'text', name: 'text', namespace: 'text' }, required: ['podIP', 'name', 'namespace'] },
}
const resolvedPeers = (required: readonly string[] = []): Form => ({
  list: {
    fields: {
      cidr: 'text',
      except: 'texts',
      domainName: 'text',
      action: 'text',
      ports: { list: { fields: { protocol: 'text', port: 'number', endPort: 'number' } } },
    },
    required,
  },
})

const texts = (...names: readonly string[]): Readonly<Record<string, Form>> => Object.fromEntries(names.map(name => [name, 'text']))

const branches: Form = {
  list: {
    fields: {
      ...texts('id', 'associationID', 'macAddress', 'subnetCIDR', 'subnetV6CIDR'),
      vlanID: 'number',
      securityGroups: 'texts',
      ipv4CIDRs: 'texts',
      ipv6CIDRs: 'texts',
    },
    required: ['id'],
  },
}

export const networkForms: Readonly<Record<keyof KubernetesNetworkBodies, Form>> = {
  'k8s/AdminNetworkPolicy': custom({ fields: { priority: 'number', ...rules({ ports: portList }) }, required: ['priority', 'subject'] }),
  'k8s/ApplicationNetworkPolicy': custom({
    fields: {
      podSelector: selector,
      policyTypes: 'texts',
      ingress: { list: { fields: { from: peers, ports } } },
      egress: {
        list: {
          fields: {
            to: { list: { fields: { ...peers.list.fields, domainNames: 'texts' } } },
            ports,
          },
        },
      },
    },
    required: ['podSelector'],
  }),
  'k8s/BaselineAdminNetworkPolicy': custom({ fields: rules({ ports: portList }), required: ['subject'] }),
  'k8s/CNINode': {
    fields: {
      metadata,
      spec: { fields: { features: { list: { fields: { name: 'text', value: 'text' } } }, tags: 'labels', managedBy: 'text' } },
      status: {
        fields: {
          trunkInterface: { fields: { ...texts('id', 'macAddress', 'subnetID'), deviceIndex: 'number', branches }, required: ['id'] },
          nodeNetworkState: {
            fields: {
              ...texts('instanceID', 'instanceType', 'subnetID', 'subnetCIDRBlock', 'subnetV6CIDRBlock'),
              primaryNetworkInterfaceSecurityGroups: 'texts',
            },
          },
        },
      },
    },
  },
  'k8s/ClusterPolicyEndpoint': custom({
    fields: {
      policyRef: { fields: { name: 'text' }, required: ['name'] },
      tier: 'text',
      priority: 'number',
      subject,
      podSelectorEndpoints: resolvedPods,
      ingress: resolvedPeers(['action']),
      egress: resolvedPeers(['action']),
    },
    required: ['policyRef', 'tier', 'priority', 'subject'],
  }),
  'k8s/ENIConfig': { fields: { metadata, spec: { fields: { securityGroups: 'texts', subnet: 'text' } } } },
  'k8s/EndpointSlice': {
    fields: {
      metadata,
      addressType: 'text',
      endpoints: {
        list: {
          fields: {
            addresses: 'texts',
            conditions: { fields: { ready: 'flag', serving: 'flag', terminating: 'flag' } },
            nodeName: 'text',
            zone: 'text',
            targetRef: { fields: { kind: 'text', namespace: 'text', name: 'text', uid: 'text' } },
          },
          required: ['addresses'],
        },
      },
      ports: { list: { fields: { name: 'text', protocol: 'text', port: 'number', appProtocol: 'text' } } },
    },
  },
  'k8s/NetworkPolicy': {
    fields: {
      metadata,
      spec: {
        fields: {
          podSelector: selector,
          policyTypes: 'texts',
          ingress: { list: { fields: { from: peers, ports } } },
          egress: { list: { fields: { to: peers, ports } } },
        },
      },
    },
  },
  'k8s/PolicyEndpoint': custom({
    fields: {
      podSelector: selector,
      policyRef: { fields: { name: 'text', namespace: 'text' }, required: ['name', 'namespace'] },
      podIsolation: 'texts',
      podSelectorEndpoints: resolvedPods,
      ingress: resolvedPeers(),
      egress: resolvedPeers(),
    },
    required: ['policyRef'],
  }),
  'k8s/SecurityGroupPolicy': custom({
    fields: { podSelector: selector, serviceAccountSelector: selector, securityGroups: { fields: { groupIds: 'texts' } } },
  }),
  'k8s/Service': {
    fields: {
      metadata,
      spec: {
        fields: {
          ...texts('type', 'clusterIP', 'externalName', 'externalTrafficPolicy', 'internalTrafficPolicy', 'sessionAffinity'),
          clusterIPs: 'texts',
          externalIPs: 'texts',
          selector: 'labels',
          publishNotReadyAddresses: 'flag',
          ports: { list: { fields: { name: 'text', protocol: 'text', port: 'number', nodePort: 'number' }, required: ['port'] } },
        },
      },
    },
  },
  'k8s/networking.k8s.aws/ClusterNetworkPolicy': tiered({ ports: portList }),
  'k8s/policy.networking.k8s.io/ClusterNetworkPolicy': tiered({ protocols }),
}
