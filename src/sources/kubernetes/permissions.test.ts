import { expect, test } from 'vitest'
import { kubernetesKinds, type KubernetesKind } from '#model/kinds.ts'
import { kubernetesPermissions } from './permissions.ts'

test('of ConfigMaps only those that are read, by name', () => {
  expect(kubernetesPermissions(['k8s/ConfigMap', 'k8s/Pod'])).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    {
      apiGroups: [''],
      resources: ['configmaps'],
      verbs: ['get'],
      resourceNames: [
        'amazon-vpc-cni',
        'aws-auth',
        'aws-logging',
        'cloudwatch-agent',
        'cloudwatch-agent-agent',
        'coredns',
        'cwagentconfig',
        'fluent-bit-cluster-info',
        'fluent-bit-config',
        'kube-proxy-config',
      ],
    },
  ])
})

test('one rule for each API group, sorted, and nothing but list', () => {
  expect(kubernetesPermissions(['k8s/ServiceAccount', 'k8s/Deployment', 'k8s/Pod', 'k8s/Pod', 'k8s/StatefulSet'])).toEqual([
    { apiGroups: [''], resources: ['pods', 'serviceaccounts'], verbs: ['list'] },
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list'] },
  ])
})

// https://kubernetes.io/docs/reference/access-authn-authz/rbac/: a rule names resources and verbs, not which part of an object is sent.
test('Secrets are in the rules when their metadata is read, and not otherwise', () => {
  const everythingElse = (Object.keys(kubernetesKinds) as KubernetesKind[]).filter(kind => kind !== 'k8s/Secret')
  expect(JSON.stringify(kubernetesPermissions(everythingElse))).not.toContain('"secrets"')
  expect(kubernetesPermissions(['k8s/Secret', 'k8s/Pod'])).toEqual([
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
  ])
})

test('two kinds of one name are two resources', () => {
  expect(
    kubernetesPermissions(['k8s/networking.k8s.aws/ClusterNetworkPolicy', 'k8s/policy.networking.k8s.io/ClusterNetworkPolicy']),
  ).toEqual([
    { apiGroups: ['networking.k8s.aws'], resources: ['clusternetworkpolicies'], verbs: ['list'] },
    { apiGroups: ['policy.networking.k8s.io'], resources: ['clusternetworkpolicies'], verbs: ['list'] },
  ])
})
