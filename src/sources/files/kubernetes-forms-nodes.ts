import type { KubernetesNodeBodies } from '#model/kinds-kubernetes-nodes.ts'
import type { Form } from './conform.ts'
import { condition, custom, metadata } from './kubernetes-form-parts.ts'

const terms: Form = { list: { fields: { id: 'text', name: 'text', tags: 'labels' } } }

const nodeClassStatus: Form = {
  fields: {
    instanceProfile: 'text',
    subnets: { list: { fields: { id: 'text', zone: 'text', zoneID: 'text' } } },
    securityGroups: { list: { fields: { id: 'text', name: 'text' } } },
    conditions: { list: condition },
  },
}

const nodeClass = (more: Readonly<Record<string, Form>>): Form => ({
  fields: {
    metadata,
    spec: {
      fields: {
        role: 'text',
        instanceProfile: 'text',
        subnetSelectorTerms: terms,
        securityGroupSelectorTerms: terms,
        tags: 'labels',
        ...more,
      },
    },
    status: nodeClassStatus,
  },
})

const taints: Form = { list: { fields: { key: 'text', value: 'text', effect: 'text' } } }

export const nodeForms: Readonly<Record<keyof KubernetesNodeBodies, Form>> = {
  'k8s/EC2NodeClass': nodeClass({
    amiFamily: 'text',
    amiSelectorTerms: {
      list: { fields: { id: 'text', name: 'text', alias: 'text', owner: 'text', ssmParameter: 'text', tags: 'labels' } },
    },
    associatePublicIPAddress: 'flag',
    metadataOptions: {
      fields: { httpEndpoint: 'text', httpProtocolIPv6: 'text', httpPutResponseHopLimit: 'number', httpTokens: 'text' },
    },
    blockDeviceMappings: {
      list: {
        fields: {
          deviceName: 'text',
          rootVolume: 'flag',
          ebs: {
            fields: { encrypted: 'flag', kmsKeyID: 'text', snapshotID: 'text', volumeType: 'text', deleteOnTermination: 'flag' },
          },
        },
      },
    },
    userData: 'text',
  }),
  'k8s/NodeClass': nodeClass({
    podSubnetSelectorTerms: terms,
    podSecurityGroupSelectorTerms: terms,
    snatPolicy: 'text',
    networkPolicy: 'text',
    networkPolicyEventLogs: 'text',
    ephemeralStorage: { fields: { kmsKeyID: 'text', iops: 'number', throughput: 'number' } },
    advancedNetworking: { fields: { associatePublicIPAddress: 'flag' } },
    advancedSecurity: { fields: { fips: 'flag' } },
  }),
  'k8s/NodePool': custom({
    fields: {
      template: {
        fields: {
          metadata: { fields: { labels: 'labels', annotations: 'labels' } },
          spec: {
            fields: {
              nodeClassRef: { fields: { group: 'text', kind: 'text', name: 'text' }, required: ['kind', 'name'] },
              requirements: { list: { fields: { key: 'text', operator: 'text', values: 'texts' }, required: ['key', 'operator'] } },
              taints,
              startupTaints: taints,
            },
            required: ['nodeClassRef'],
          },
        },
        required: ['spec'],
      },
      weight: 'number',
    },
    required: ['template'],
  }),
}
