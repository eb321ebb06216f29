import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why logs or metrics do not arrive. */
export default defineTrees([
  {
    id: 'no-logs',
    title: 'logs or metrics do not arrive',
    opens: [
      'container-insights/group-not-made',
      'container-insights/api-denied',
      'container-insights/log-group',
      'container-insights/permission',
    ],
    questions: [
      { asks: 'container-insights/nodes', rulesOut: 'a node has no agent that is ready' },
      { asks: 'container-insights/identity', rulesOut: 'the agent has no role' },
      { asks: 'irsa/trust', rulesOut: 'the role does not trust the agent' },
      { asks: 'container-insights/permission', rulesOut: 'the policies of the role do not allow it' },
      { asks: 'container-insights/network', rulesOut: 'the VPC has no way to CloudWatch Logs' },
      { asks: 'container-insights/log-group', rulesOut: 'the log group does not exist' },
      { asks: 'container-insights/key', rulesOut: 'the key of the log group refuses CloudWatch Logs' },
    ],
  },
])
