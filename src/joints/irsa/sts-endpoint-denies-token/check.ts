import { Unread } from '#base/errors.ts'
import { decideTrust } from '#iam/web-identity.ts'
import { wholeLayer } from '#joints/access-documents.ts'
import { networkOf, wayTo } from '#joints/access-endpoint.ts'
import { statementEvidence } from '#joints/access-layers.ts'
import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { annotation, annotationPath } from '../service-account.ts'
import { trustedToken } from '../trusted-token.ts'

export default defineCheck({
  id: 'irsa/sts-endpoint-denies-token',
  title: 'The policy of the STS endpoint keeps the tokens of a service account from their role',
  severity: 'high',
  since: '0.1.0',
  subject: 'k8s/ServiceAccount',
  reads: ['aws/ec2/VpcEndpoint', 'aws/eks/Cluster', 'aws/iam/Role'],
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html',
    'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html',
  ],

  test({ subject: serviceAccount, world }) {
    const trusted = trustedToken(world, serviceAccount)
    if (typeof trusted === 'string') return skip(trusted)
    const { role, token, question, policy } = trusted
    const network = networkOf(token.cluster.id, token.cluster.body.resourcesVpcConfig?.vpcId)
    if (network === undefined) return skip('the cluster was read without its VPC')
    const { policy: endpoint } = wayTo(world, 'sts:AssumeRoleWithWebIdentity', network, undefined)
    if (endpoint === undefined) return skip('no STS endpoint of the VPC is on the way')
    const here = serviceAccount.at(annotationPath(annotation.roleArn), 'this service account asks for the role')
    const layer = wholeLayer(endpoint)
    const decision = decideTrust(question, policy, { endpoint: layer })
    const [placed] = endpoint.policies
    if (decision.answer === 'allow')
      return pass(here, ...(placed === undefined ? [] : [placed.resource.at(placed.path, 'this policy lets the token through', 'key')]))
    if (decision.answer === 'unknown' || placed === undefined) {
      const [fact] = endpoint.unread
      throw new Unread(
        fact ?? { kind: 'aws/ec2/VpcEndpoint', reason: `whether the policy of the endpoint lets the token through: ${decision.reason}` },
      )
    }

    const at = decision.decidedBy
    return fail({
      message: `${placed.name} does not let the tokens of ${serviceAccount.id} through to role ${role.body.RoleName}`,
      evidence: [
        at === undefined
          ? placed.resource.at(placed.path, 'nothing here lets a token through', 'key')
          : statementEvidence(placed, at.statement, 'this Deny matches the token'),
        here,
      ],
      effect:
        'Requests to STS go through the endpoint, which answers AccessDenied, so pods get no AWS credentials though the role trusts them.',
      help: 'Allow sts:AssumeRoleWithWebIdentity in the policy of the endpoint to Principal "*", limited to the roles of the pods: whoever presents a token has no AWS identity yet.',
    })
  },
})
