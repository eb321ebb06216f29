import { defineComponent } from './define.ts'

const guide = 'https://docs.aws.amazon.com/guardduty/latest/ug'

/** https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-agent-release-history.html */
export const guardDutyAgent = defineComponent({
  id: 'aws-guardduty-agent',
  images: ['aws-guardduty-agent'],
  addons: ['aws-guardduty-agent'],
  behaviours: {
    'takes-configuration': {
      since: '1.5.0',
      does: 'The add-on takes CPU and memory, the priority class and its preemption policy, and the DNS policy as configuration values.',
      source: `${guide}/guardduty-configure-security-agent-eks-addon.html`,
    },
    'supports-amazon-linux-2023': {
      since: '1.6.0',
      does: 'It sees what happens on nodes that run Amazon Linux 2023.',
      source: `${guide}/prereq-runtime-monitoring-eks-support.html`,
    },
  },
})
