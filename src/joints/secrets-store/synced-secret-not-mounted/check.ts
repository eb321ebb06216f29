import { Unread } from '#base/errors.ts'
import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { mountEvidence } from '../mounts.ts'
import { settled } from '../settled.ts'
import { mountsOfAny, waitingFor } from '../synced-mounts.ts'
import { assertMakersRead, referencesTo } from '../synced-secrets.ts'

export default defineCheck({
  id: 'secrets-store/synced-secret-not-mounted',
  title: 'Pods take a synced Secret, and nothing mounts the SecretProviderClass that makes it',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/92',
  ],

  test({ subject: workload, world }) {
    assertMakersRead(world, workload)
    return settled(
      referencesTo(world, workload),
      ({ reference: { secretName, optional, path }, made }) => {
        const [first] = made
        if (first === undefined) return skip('no class makes the Secret')
        const mount = mountsOfAny(world, workload, made)
        const takes = workload.resource.at(path, `takes Secret ${secretName}`)
        if (mount !== undefined) return pass(takes, mountEvidence(mount, `${mount.workload.name} mounts the class, so the Secret is made`))
        if (optional) return skip('the Secret is optional')
        const { metadata } = first.secretProviderClass.body
        const makes = first.secretProviderClass.at(
          ['spec', 'secretObjects', first.index, 'secretName'],
          'the class makes it when a pod mounts it',
        )
        const waits = waitingFor(workload, secretName)
        // Somebody else may have made the Secret, and Secrets are not read.
        if (waits === undefined)
          throw new Unread({
            kind: 'k8s/Secret',
            id: `${workload.namespace}/${secretName}`,
            reason: 'nothing mounts the class that makes the Secret, and whether it is there otherwise is not read',
            settle: { by: 'user', step: `kubectl get secret ${secretName} -n ${workload.namespace}` },
          })
        return fail({
          message: `${workload.name} takes Secret ${secretName}, and no pod mounts SecretProviderClass ${metadata.name}, which makes it`,
          evidence: [takes, makes, waits],
          effect: `The Secret does not exist, so the containers do not start: Error: secret "${secretName}" not found.`,
          help: `Mount SecretProviderClass ${metadata.name} in the pods of ${workload.name} too: a Secret is made when a pod mounts its class, and goes with the last one.`,
          key: secretName,
        })
      },
      'it takes no Secret that a class makes',
    )
  },
})
