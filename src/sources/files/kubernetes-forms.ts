import type { KubernetesKind } from '#model/kinds.ts'
import type { Form } from './conform.ts'
import { metadata, selector } from './kubernetes-form-parts.ts'
import { networkForms } from './kubernetes-forms-network.ts'
import { externalSecretsForms } from './kubernetes-forms-external-secrets.ts'
import { storageForms } from './kubernetes-forms-storage.ts'
import { nodeForms } from './kubernetes-forms-nodes.ts'

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

/** The same for webhooks that change objects and that refuse them. */
const webhooks: Form = { fields: { metadata, webhooks: { list: webhook } } }

const forms: Readonly<Record<KubernetesKind, Form>> = {
  ...networkForms,
  ...nodeForms,
  ...externalSecretsForms,
  ...storageForms,
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
  'k8s/Event': {
    fields: {
      metadata,
      involvedObject: { fields: { kind: 'text', namespace: 'text', name: 'text', uid: 'text', fieldPath: 'text' } },
      reason: 'text',
      message: 'text',
      type: 'text',
      count: 'number',
      firstTimestamp: 'text',
      lastTimestamp: 'text',
      eventTime: 'text',
      reportingComponent: 'text',
      source: { fields: { component: 'text', host: 'text' } },
    },
    required: ['involvedObject'],
  },
  'k8s/HorizontalPodAutoscaler': {
    fields: {
      metadata,
      spec: {
        fields: {
          scaleTargetRef: { fields: { apiVersion: 'text', kind: 'text', name: 'text' }, required: ['kind', 'name'] },
          minReplicas: 'number',
          maxReplicas: 'number',
        },
        required: ['scaleTargetRef'],
      },
    },
  },
  'k8s/Job': templated,
  'k8s/MutatingWebhookConfiguration': webhooks,
  'k8s/Namespace': { fields: { metadata } },
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
  'k8s/PodDisruptionBudget': { fields: { metadata, spec: { fields: { selector } } } },
  'k8s/ReplicaSet': { fields: { metadata, spec: { fields: { template, selector, replicas: 'number' } } } },
  'k8s/Role': role,
  'k8s/RoleBinding': binding,
  'k8s/ServiceAccount': { fields: { metadata, automountServiceAccountToken: 'flag' } },
  'k8s/StatefulSet': templated,
  'k8s/ValidatingWebhookConfiguration': webhooks,
}

/** The fields that joints rely on, with the types of the Kubernetes API. An object that breaks them cannot exist in a cluster, or, where a definition lets anything through, means nothing there. */
export const kubernetesForm = (kind: KubernetesKind): Form => forms[kind]
