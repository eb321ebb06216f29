import { defineCheck } from '#joints/define.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { clusterOf } from '#model/resource.ts'
import { seenAssociation } from '../../pod-identity/association.ts'
import { annotation, annotationPath, roleArnOf } from '../../irsa/service-account.ts'
import { storeKinds, storeText } from '../secret-stores.ts'
import { settled } from '../settled.ts'
import { accountOf, serviceAccountIn } from '../store-identity.ts'
import { namespacesOf } from '../store-namespaces.ts'

export default defineCheck({
  id: 'secrets-store/store-identity-missing',
  title: 'A store of External Secrets names a service account that has no role',
  severity: 'high',
  since: '0.1.0',
  subject: storeKinds,
  reads: ['k8s/ExternalSecret', 'k8s/ServiceAccount', 'aws/eks/Cluster', 'aws/eks/PodIdentityAssociation'],
  sources: [
    'https://external-secrets.io/latest/provider/aws-access/',
    'https://github.com/external-secrets/external-secrets/blob/main/providers/v1/aws/auth/auth.go',
  ],

  test({ subject: store, world }) {
    return settled(
      namespacesOf(world, store),
      namespace => {
        const account = accountOf(store, namespace)
        if (account === undefined) return skip('the store names no service account')
        const serviceAccount = serviceAccountIn(world, store, account)
        if (serviceAccount !== undefined && roleArnOf(serviceAccount) !== undefined)
          return pass(account.at, serviceAccount.at(annotationPath(annotation.roleArn), 'the store asks for this role'))
        const id = `${account.namespace}/${account.name}`
        const association = seenAssociation(world, { cluster: clusterOf(store), namespace: account.namespace, name: account.name })
        const what = serviceAccount === undefined ? 'which does not exist' : `which has no ${annotation.roleArn}`
        return fail({
          message: `${storeText(store)} asks as service account ${id}, ${what}`,
          evidence: [
            account.at,
            ...(serviceAccount === undefined ? [] : [serviceAccount.at(['metadata', 'name'], 'nothing here names a role')]),
            ...(association === undefined
              ? []
              : [association.at(['serviceAccount'], 'this association is for pods of the account, and the store is none')]),
          ],
          effect:
            serviceAccount === undefined
              ? `No ExternalSecret is read through it: serviceaccounts "${account.name}" not found.`
              : `No ExternalSecret is read through it: an IAM role must be associated with service account ${account.name} (namespace: ${account.namespace}).`,
          help: `Annotate service account ${id} with ${annotation.roleArn}; a Pod Identity association counts only for the operator’s own pods, by a store without auth.`,
          ...(store.kind === 'k8s/ClusterSecretStore' ? { key: id } : {}),
        })
      },
      'no ExternalSecret reads through it',
    )
  },
})
