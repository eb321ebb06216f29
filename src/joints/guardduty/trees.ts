import { defineTrees } from '#joints/define-diagnosis.ts'

/** Why GuardDuty calls a cluster unhealthy: its issue names a sort, and the cluster has the cause. */
export default defineTrees([
  {
    id: 'coverage-unhealthy',
    title: 'GuardDuty does not cover the cluster',
    opens: [
      'guardduty/running',
      'guardduty/nodes',
      'guardduty/agent',
      'guardduty/endpoint',
      'guardduty/coverage',
      'guardduty/runtime-monitoring',
      // An agent that exits is mostly one that does not reach its endpoint: what is before it in the chain is asked first.
      'guardduty/agent-crashes',
      'guardduty/addon-unhealthy',
    ],
    questions: [
      { asks: 'guardduty/detector', rulesOut: 'the detector is off' },
      { asks: 'guardduty/runtime-monitoring', rulesOut: 'runtime monitoring is off' },
      { asks: 'guardduty/agent', rulesOut: 'the agent is not there' },
      { asks: 'guardduty/nodes', rulesOut: 'nodes are without agent' },
      { asks: 'guardduty/endpoint', rulesOut: 'the agent has no way to GuardDuty' },
      { asks: 'guardduty/running', rulesOut: 'the agent does not run' },
      { asks: 'guardduty/coverage', rulesOut: 'GuardDuty hears nothing of the cluster' },
    ],
  },
])
