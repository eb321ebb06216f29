import type { KubernetesKind } from '#model/kinds.ts'
import type { Form } from './conform.ts'

/** The fields that joints rely on, with the types of the Kubernetes API. An object that breaks them cannot exist in a cluster. */
const metadata: Form = {
  fields: {
    name: 'text',
    namespace: 'text',
    uid: 'text',
    labels: 'labels',
    annotations: 'labels',
    creationTimestamp: 'text',
    deletionTimestamp: 'text',
    ownerReferences: {
      list: {
        fields: { apiVersion: 'text', kind: 'text', name: 'text', uid: 'text', controller: 'flag' },
        required: ['kind', 'name'],
      },
    },
  },
}

const keyReference: Form = { fields: { name: 'text', key: 'text', optional: 'flag' } }

const environment: Form = {
  list: {
    fields: {
      name: 'text',
      value: 'text',
      valueFrom: { fields: { fieldRef: { fields: { fieldPath: 'text' } }, configMapKeyRef: keyReference, secretKeyRef: keyReference } },
    },
    required: ['name'],
  },
}

const source: Form = { fields: { name: 'text', optional: 'flag' } }

const containers: Form = {
  list: {
    fields: {
      name: 'text',
      image: 'text',
      command: 'texts',
      args: 'texts',
      env: environment,
      envFrom: { list: { fields: { prefix: 'text', configMapRef: source, secretRef: source } } },
      volumeMounts: { list: { fields: { name: 'text', mountPath: 'text', subPath: 'text', readOnly: 'flag' }, required: ['name', 'mountPath'] } },
    },
    required: ['name'],
  },
}

const token: Form = { fields: { audience: 'text', expirationSeconds: 'number', path: 'text' } }

const podSpec: Form = {
  fields: {
    serviceAccountName: 'text',
    serviceAccount: 'text',
    automountServiceAccountToken: 'flag',
    hostNetwork: 'flag',
    nodeName: 'text',
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    volumes: {
      list: {
        fields: { name: 'text', projected: { fields: { defaultMode: 'number', sources: { list: { fields: { serviceAccountToken: token } } } } } },
        required: ['name'],
      },
    },
  },
  required: ['containers'],
}

const template: Form = { fields: { metadata, spec: podSpec } }
const selector: Form = { fields: { matchLabels: 'labels', matchExpressions: { list: { fields: { key: 'text', operator: 'text', values: 'texts' } } } } }

const templated: Form = {
  fields: { metadata, spec: { fields: { template, selector, replicas: 'number' }, required: ['template'] } },
}

const webhook: Form = {
  fields: {
    name: 'text',
    clientConfig: { fields: { url: 'text', caBundle: 'text', service: { fields: { name: 'text', namespace: 'text', path: 'text' }, required: ['name', 'namespace'] } } },
    failurePolicy: 'text',
    namespaceSelector: selector,
    objectSelector: selector,
    rules: { list: { fields: { operations: 'texts', apiGroups: 'texts', apiVersions: 'texts', resources: 'texts', scope: 'text' } } },
  },
  required: ['name', 'clientConfig'],
}

export const kubernetesForms: Readonly<Record<KubernetesKind, Form>> = {
  'k8s/CronJob': {
    fields: {
      metadata,
      spec: {
        fields: {
          schedule: 'text',
          jobTemplate: { fields: { metadata, spec: { fields: { template }, required: ['template'] } }, required: ['spec'] },
        },
        required: ['jobTemplate'],
      },
    },
  },
  'k8s/DaemonSet': templated,
  'k8s/Deployment': templated,
  'k8s/Job': templated,
  'k8s/MutatingWebhookConfiguration': { fields: { metadata, webhooks: { list: webhook } } },
  'k8s/Namespace': { fields: { metadata } },
  'k8s/Pod': { fields: { metadata, spec: podSpec, status: { fields: { phase: 'text' } } } },
  'k8s/ReplicaSet': { fields: { metadata, spec: { fields: { template, selector, replicas: 'number' } } } },
  'k8s/ServiceAccount': { fields: { metadata, automountServiceAccountToken: 'flag' } },
  'k8s/StatefulSet': templated,
}
