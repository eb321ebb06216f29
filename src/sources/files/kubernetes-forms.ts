import type { KubernetesKind } from '#model/kinds.ts'
import type { Form } from './conform.ts'

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
      volumeMounts: {
        list: { fields: { name: 'text', mountPath: 'text', subPath: 'text', readOnly: 'flag' }, required: ['name', 'mountPath'] },
      },
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
        fields: {
          name: 'text',
          projected: { fields: { defaultMode: 'number', sources: { list: { fields: { serviceAccountToken: token } } } } },
        },
        required: ['name'],
      },
    },
  },
  required: ['containers'],
}

const template: Form = { fields: { metadata, spec: podSpec } }
const selector: Form = {
  fields: { matchLabels: 'labels', matchExpressions: { list: { fields: { key: 'text', operator: 'text', values: 'texts' } } } },
}

const templated: Form = {
  fields: { metadata, spec: { fields: { template, selector, replicas: 'number' }, required: ['template'] } },
}

const webhook: Form = {
  fields: {
    name: 'text',
    clientConfig: {
      fields: {
        url: 'text',
        caBundle: 'text',
        service: { fields: { name: 'text', namespace: 'text', path: 'text' }, required: ['name', 'namespace'] },
      },
    },
    failurePolicy: 'text',
    namespaceSelector: selector,
    objectSelector: selector,
    rules: { list: { fields: { operations: 'texts', apiGroups: 'texts', apiVersions: 'texts', resources: 'texts', scope: 'text' } } },
  },
  required: ['name', 'clientConfig'],
}

/** The same for roles of a cluster and of a namespace. */
const role: Form = {
  fields: {
    metadata,
    rules: {
      list: {
        fields: { apiGroups: 'texts', resources: 'texts', verbs: 'texts', resourceNames: 'texts', nonResourceURLs: 'texts' },
        required: ['verbs'],
      },
    },
    aggregationRule: { fields: { clusterRoleSelectors: { list: selector } } },
  },
}

const binding: Form = {
  fields: {
    metadata,
    roleRef: { fields: { apiGroup: 'text', kind: 'text', name: 'text' }, required: ['kind', 'name'] },
    subjects: { list: { fields: { apiGroup: 'text', kind: 'text', name: 'text', namespace: 'text' }, required: ['kind', 'name'] } },
  },
  required: ['roleRef'],
}

/** Ports may be numbers or names. */
const peers: Form = {
  list: {
    fields: {
      podSelector: selector,
      namespaceSelector: selector,
      ipBlock: { fields: { cidr: 'text', except: 'texts' }, required: ['cidr'] },
    },
  },
}
const ports: Form = { list: { fields: { protocol: 'text', endPort: 'number' } } }

const forms: Partial<Readonly<Record<KubernetesKind, Form>>> = {
  'k8s/ClusterRole': role,
  'k8s/ClusterRoleBinding': binding,
  'k8s/ConfigMap': { fields: { metadata, data: 'labels' } },
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
  'k8s/NetworkPolicy': {
    fields: {
      metadata,
      spec: {
        fields: {
          podSelector: selector,
          policyTypes: 'texts',
          ingress: { list: { fields: { from: peers, ports } } },
          egress: { list: { fields: { to: peers, ports } } },
        },
      },
    },
  },
  'k8s/Node': {
    fields: {
      metadata,
      spec: { fields: { providerID: 'text', taints: { list: { fields: { key: 'text', value: 'text', effect: 'text' } } } } },
      status: {
        fields: {
          conditions: { list: { fields: { type: 'text', status: 'text' } } },
          addresses: { list: { fields: { type: 'text', address: 'text' } } },
        },
      },
    },
  },
  'k8s/Pod': { fields: { metadata, spec: podSpec, status: { fields: { phase: 'text' } } } },
  'k8s/ReplicaSet': { fields: { metadata, spec: { fields: { template, selector, replicas: 'number' } } } },
  'k8s/Role': role,
  'k8s/RoleBinding': binding,
  'k8s/ServiceAccount': { fields: { metadata, automountServiceAccountToken: 'flag' } },
  'k8s/StatefulSet': templated,
}

const plain: Form = { fields: { metadata } }

/** The fields that joints rely on, with the types of the Kubernetes API. An object that breaks them cannot exist in a cluster. */
export const kubernetesForm = (kind: KubernetesKind): Form => forms[kind] ?? plain
