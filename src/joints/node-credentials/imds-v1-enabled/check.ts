import { nodeInstanceKinds } from '#joints/node-instance.ts'
import { defineCheck } from '#joints/define.ts'
import { metadataVerdict } from '../metadata-service.ts'

export default defineCheck({
  id: 'node-credentials/imds-v1-enabled',
  title: 'Nodes answer version 1 of the instance metadata service, which no hop limit holds back',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/iam/Role',
  reads: nodeInstanceKinds,
  sources: ['https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html'],

  test({ subject: role, world }) {
    return metadataVerdict(world, role, 'version-1', {
      message: (nodes, name) => `the metadata service of ${nodes} gives role ${name} without a token`,
      label: 'a plain GET is enough, whatever the hop limit',
      option: 'HttpTokens',
      after: 'required',
      effect: 'Any pod on these nodes, and any service in one that can be made to fetch a URL, gets the credentials of the node.',
      title: 'require a token',
      risk: 'Programs whose SDK knows version 1 alone get no credentials on these nodes. New nodes come from the launch template or EC2NodeClass, which must be changed too.',
    })
  },
})
