import type { ApiServerAccess } from '../control-plane/api-request.ts'
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { describeCluster } from './describe-cluster.ts'
import { getOpenIdConnectProvider } from './get-open-id-connect-provider.ts'
import type { Handler } from './request.ts'

/** What handlers may know of the lab they stand in. */
export interface GatewayContext {
  readonly cluster: ApiServerAccess
  readonly issuer: string
  readonly emulatorEndpoint: string
}

/**
 * What ministack lacks or answers differently from AWS, in the order of asking. Still to come, as further rows:
 * GuardDuty, Access Analyzer, eks:DescribeAddonVersions, eks-auth:AssumeRoleForPodIdentity,
 * ec2:GetEbsEncryptionByDefault and ec2:GetEbsDefaultKmsKeyId.
 */
export const handlersFor = (context: GatewayContext): readonly Handler[] => [
  assumeRoleWithWebIdentity(context),
  describeCluster(context),
  getOpenIdConnectProvider,
]
