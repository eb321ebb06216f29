import { expect, test } from 'vitest'
import { kubernetesPermissions } from './permissions.ts'

test('of ConfigMaps only the one that is read, by name', () => {
  expect(kubernetesPermissions(['k8s/ConfigMap', 'k8s/Pod'])).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: ['aws-auth'] },
  ])
})

test('one rule for each API group, sorted, and nothing but list', () => {
  expect(kubernetesPermissions(['k8s/ServiceAccount', 'k8s/Deployment', 'k8s/Pod', 'k8s/Pod', 'k8s/StatefulSet'])).toEqual([
    { apiGroups: [''], resources: ['pods', 'serviceaccounts'], verbs: ['list'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list'] },
  ])
})
