import { defineSymptoms } from '#joints/define-symptoms.ts'

const settings = 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html'

/** Texts of pods that ask the metadata service of their node: a node that is closed to them is as it should be. */
export default defineSymptoms(
  'node-credentials',
  [
    {
      id: 'metadata-refused',
      pattern:
        /failed to introspect (?:vpcID|region) from EC2Metadata|failed to get (?:region|VPC ID) from (?:EC2 ?)?(?:instance )?metadata/i,
      link: 'imds-reachable-by-pods',
      cause: 'The pod asks the metadata service of its node for region or VPC and is kept from it: give it both as settings.',
      source: 'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/',
    },
    {
      id: 'node-role-not-reached',
      pattern:
        /EC2RoleRequestError|169\.254\.169\.254[^\n]{0,200}(?:timed out|i\/o timeout|connection refused|context deadline exceeded|EHOSTUNREACH)/i,
      link: 'node-role-used-by-pods',
      cause: 'The pod wants the credentials of its node and is kept from them: give its service account a role of its own.',
      source: settings,
    },
  ],
  { ofAnyPod: true },
)
