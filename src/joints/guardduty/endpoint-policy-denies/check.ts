import { compiledDocument } from '#joints/access-documents.ts'
import { defineCheck } from '#joints/define.ts'
import { policyChanges } from '#joints/policy-edits.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { openEndpoints } from '../endpoint.ts'
import { decided, sendAction } from '../endpoint-policy.ts'
import { homeOf } from '../home.ts'
import { endpointPolicy } from '../least-privilege.ts'

export default defineCheck({
  id: 'guardduty/endpoint-policy-denies',
  title: 'The policy of the GuardDuty endpoint lets the agents of a cluster send nothing',
  severity: 'high',
  since: '0.1.0',
  subject: 'aws/eks/Cluster',
  reads: ['aws/ec2/VpcEndpoint'],
  sources: [
    'https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html',
    'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html',
  ],

  test({ subject: cluster, world }) {
    const [endpoint] = openEndpoints(world, cluster)
    if (endpoint === undefined) return skip('the VPC has no endpoint guardduty-data that is open')
    const { account } = homeOf(cluster)
    const decision = decided(endpoint, account)
    if (decision.answer === 'allow') return pass(endpoint.at(['PolicyDocument'], 'agents of the account may send', 'key'))
    const denies = compiledDocument(endpoint.body.PolicyDocument, 'endpoint').statements[decision.decidedBy?.statement ?? -1]
    const owner = endpoint.body.OwnerId
    return fail({
      message: `the policy of endpoint ${endpoint.body.VpcEndpointId} does not let account ${account} of cluster ${cluster.body.name} use ${sendAction}`,
      evidence: [
        decision.answer === 'explicitDeny' && denies !== undefined
          ? endpoint.at(['PolicyDocument', ...denies.path], 'this Deny matches what agents send')
          : endpoint.at(['PolicyDocument'], 'nothing here lets agents send', 'key'),
        cluster.at(['arn'], 'the account of the cluster'),
      ],
      effect: 'The endpoint refuses what agents send: they exit again and again, and the coverage of the cluster is unhealthy.',
      ...(owner !== undefined && owner !== account
        ? { help: `Account ${owner} owns the endpoint: add account ${account} to its policy there.` }
        : {
            fix: {
              title: `let agents of account ${account} send, and nobody anything else`,
              safe: false,
              changes: policyChanges(endpoint, ['PolicyDocument'], endpointPolicy([account]), {
                permissions: ['ec2:ModifyVpcEndpoint'],
                risk: 'Other accounts that share the VPC can no longer send by this endpoint: name them beside this one.',
              }),
            },
          }),
    })
  },
})
