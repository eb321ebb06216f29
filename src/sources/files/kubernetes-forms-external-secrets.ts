import type { KubernetesExternalSecretsBodies } from '#model/kinds-kubernetes-external-secrets.ts'
import type { Form } from './conform.ts'
import { custom, selector } from './kubernetes-form-parts.ts'

const named: Form = { fields: { name: 'text', kind: 'text', namespace: 'text' } }

const sourceRef: Form = { fields: { storeRef: named, generatorRef: named } }

const remoteRef: Form = { fields: { key: 'text', property: 'text', version: 'text', metadataPolicy: 'text' }, required: ['key'] }

const aws: Form = {
  fields: {
    service: 'text',
    region: 'text',
    auth: {
      fields: {
        jwt: {
          fields: { serviceAccountRef: { fields: { name: 'text', namespace: 'text', audiences: 'texts' }, required: ['name'] } },
        },
        secretRef: { fields: { accessKeyIDSecretRef: named } },
      },
    },
    additionalRoles: 'texts',
    role: 'text',
    externalID: 'text',
    sessionTags: { list: { fields: { key: 'text', value: 'text' }, required: ['key', 'value'] } },
    transitiveTagKeys: 'texts',
    sessionTagsPolicy: 'text',
    customSessionTags: 'labels',
    prefix: 'text',
  },
  required: ['service', 'region'],
}

const store: Form = custom({
  fields: {
    controller: 'text',
    provider: { fields: { aws } },
    conditions: { list: { fields: { namespaceSelector: selector, namespaces: 'texts', namespaceRegexes: 'texts' } } },
  },
})

export const externalSecretsForms: Readonly<Record<keyof KubernetesExternalSecretsBodies, Form>> = {
  'k8s/ClusterSecretStore': store,
  'k8s/ExternalSecret': custom({
    fields: {
      secretStoreRef: named,
      target: { fields: { name: 'text', creationPolicy: 'text', deletionPolicy: 'text', template: { fields: {} }, manifest: named } },
      refreshPolicy: 'text',
      refreshInterval: 'text',
      data: { list: { fields: { secretKey: 'text', remoteRef, sourceRef }, required: ['remoteRef'] } },
      dataFrom: { list: { fields: { extract: remoteRef, find: { fields: { path: 'text' } }, sourceRef } } },
    },
  }),
  'k8s/SecretStore': store,
}
