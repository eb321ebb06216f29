import type { Form } from './conform.ts'

export const metadata: Form = {
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

export const selector: Form = {
  fields: { matchLabels: 'labels', matchExpressions: { list: { fields: { key: 'text', operator: 'text', values: 'texts' } } } },
}

export const condition: Form = {
  fields: { type: 'text', status: 'text', reason: 'text', message: 'text', lastTransitionTime: 'text', observedGeneration: 'number' },
}

/** An object of which the status says nothing but conditions. */
export const custom = (spec: Form): Form => ({
  fields: { metadata, spec, status: { fields: { conditions: { list: condition } } } },
  required: ['spec'],
})

/** Of a NetworkPolicy. Ports may be numbers or names. */
export const peers = {
  list: {
    fields: {
      podSelector: selector,
      namespaceSelector: selector,
      ipBlock: { fields: { cidr: 'text', except: 'texts' }, required: ['cidr'] },
    },
  },
} as const satisfies Form
export const ports: Form = { list: { fields: { protocol: 'text', endPort: 'number' } } }
