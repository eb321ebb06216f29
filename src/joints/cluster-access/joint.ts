import { defineJoint } from '#joints/define.ts'
import accessEntryStalePrincipal from './access-entry-stale-principal/check.ts'
import awsAuthPathArn from './aws-auth-path-arn/check.ts'
import clusterAdminTooBroad from './cluster-admin-too-broad/check.ts'
import creatorIsAdmin from './creator-is-admin/check.ts'
import escalationByAccessEntry from './escalation-by-access-entry/check.ts'
import escalationByAddon from './escalation-by-addon/check.ts'
import escalationByAssumeRoleChain from './escalation-by-assume-role-chain/check.ts'
import escalationByIamWrite from './escalation-by-iam-write/check.ts'
import escalationByNodeGroup from './escalation-by-node-group/check.ts'
import escalationByOidcProvider from './escalation-by-oidc-provider/check.ts'
import escalationByPodIdentityAssociation from './escalation-by-pod-identity-association/check.ts'
import escalationBySystemsManager from './escalation-by-systems-manager/check.ts'
import escalationByTrustEdit from './escalation-by-trust-edit/check.ts'
import podCreatorsGetRole from './pod-creators-get-role/check.ts'
import podReachesNodeCredentials from './pod-reaches-node-credentials/check.ts'
import podRoleIsClusterAdmin from './pod-role-is-cluster-admin/check.ts'
import serviceAccountAnnotationWritable from './service-account-annotation-writable/check.ts'
import serviceAccountTokenMintable from './service-account-token-mintable/check.ts'
import usernameSpoofable from './username-spoofable/check.ts'

const escalations = [
  escalationByPodIdentityAssociation,
  escalationByAccessEntry,
  escalationByAddon,
  escalationByTrustEdit,
  escalationByIamWrite,
  escalationByOidcProvider,
  escalationByAssumeRoleChain,
  escalationByNodeGroup,
  escalationBySystemsManager,
]

/** Every check stands on its own: rights add up from many places, and none of them comes before another. */
export default defineJoint({
  id: 'cluster-access',
  title: 'Cluster access',
  reads: [],
  links: [],
  safe: [
    ...escalations,
    podRoleIsClusterAdmin,
    podReachesNodeCredentials,
    serviceAccountTokenMintable,
    podCreatorsGetRole,
    serviceAccountAnnotationWritable,
    clusterAdminTooBroad,
    usernameSpoofable,
    creatorIsAdmin,
    awsAuthPathArn,
    accessEntryStalePrincipal,
  ],

  starts: () => [],
})
