import type { ApiServerAccess } from '../control-plane/api-request.ts'
import { addonVersions } from './addon-versions.ts'
import { assumeRoleForPodIdentity } from './assume-role-for-pod-identity.ts'
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { describeCluster } from './describe-cluster.ts'
import { ebsEncryption } from './ebs-encryption.ts'
import { fargateProfiles } from './fargate-profiles.ts'
import { getAccountAuthorizationDetails } from './get-account-authorization-details.ts'
import { getOpenIdConnectProvider } from './get-open-id-connect-provider.ts'
import { guardduty } from './guardduty.ts'
import { instanceMetadata } from './instance-metadata.ts'
import { principals } from './principals.ts'
import type { Handler } from './request.ts'
import { securityHub } from './security-hub.ts'
import { updateClusterConfig } from './update-cluster-config.ts'
import { vpcEndpoints } from './vpc-endpoints.ts'

/** What handlers may know of the lab they stand in. */
export interface GatewayContext {
  readonly cluster: ApiServerAccess
  readonly issuer: string
  readonly emulatorEndpoint: string
}

/**
 * What ministack lacks or answers differently from AWS, in the order of asking. Still to come, as a further row: Access Analyzer.
 */
export function handlersFor(context: GatewayContext): readonly Handler[] {
  const callers = principals(context.emulatorEndpoint)
  const clusters = updateClusterConfig(callers)
  return [
    assumeRoleWithWebIdentity(context),
    assumeRoleForPodIdentity(context),
    clusters.row,
    describeCluster(context, clusters.updated),
    getOpenIdConnectProvider,
    getAccountAuthorizationDetails(context.emulatorEndpoint),
    ...callers.rows,
    addonVersions,
    fargateProfiles,
    ebsEncryption(callers),
    vpcEndpoints(),
    instanceMetadata(),
    ...guardduty(callers),
    securityHub(callers),
  ]
}
