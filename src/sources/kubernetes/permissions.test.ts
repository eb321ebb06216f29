import { expect, test } from 'vitest'
import { kubernetesPermissions } from './permissions.ts'

test('one rule for each API group, sorted, and nothing but list', () => {
  expect(kubernetesPermissions(['k8s/ServiceAccount', 'k8s/Deployment', 'k8s/Pod', 'k8s/Pod', 'k8s/StatefulSet'])).toEqual([
    { apiGroups: [''], resources: ['pods', 'serviceaccounts'], verbs: ['list'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list'] },
  ])
})
