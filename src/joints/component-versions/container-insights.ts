import { defineComponent } from './define.ts'

const charts = 'https://github.com/aws-observability/helm-charts/blob/main/RELEASE_NOTES'

/** https://github.com/aws/amazon-cloudwatch-agent */
export const cloudWatchAgent = defineComponent({
  id: 'amazon-cloudwatch-agent',
  images: ['cloudwatch-agent'],
  addons: ['amazon-cloudwatch-observability'],
  behaviours: {},
})

/** https://github.com/aws/aws-for-fluent-bit */
export const fluentBit = defineComponent({
  id: 'aws-for-fluent-bit',
  images: ['aws-for-fluent-bit'],
  addons: ['amazon-cloudwatch-observability'],
  behaviours: {
    'takes-pod-identity': {
      since: '2.32.5',
      does: 'It takes the credentials that the EKS Pod Identity agent gives; older ones know the role of the annotation and that of the node alone.',
      source: charts,
    },
  },
})

/** The add-on itself, and the chart of the same versions. https://github.com/aws-observability/helm-charts */
export const observability = defineComponent({
  id: 'amazon-cloudwatch-observability',
  images: [],
  addons: ['amazon-cloudwatch-observability'],
  behaviours: {
    'instruments-all': {
      since: '5.0.0',
      does: 'Application Signals is on for every service unless the configuration says otherwise.',
      source: charts,
    },
  },
})
