import { account } from './healthy-shop.ts'
import { mount, provided, masked, objectsOf, addField, type MountFault } from './mounted-secret.ts'

/** What a SecretProviderClass says. */
export const classFaults: readonly MountFault[] = [
  {
    name: 'class deleted',
    breaks: (world, { name }) => world.remove('k8s/SecretProviderClass', `orders/${name}`),
    says: ({ name }) => [
      mount(`failed to get secretproviderclass orders/${name}, error: SecretProviderClass.secrets-store.csi.x-k8s.io "${name}" not found`),
    ],
    link: 'class',
    check: 'class-missing',
  },
  {
    name: 'object type unknown',
    breaks: (world, who) => objectsOf(world, who, text => text.replace('secretsmanager', 'secret')),
    says: who => [provided(who, `Invalid objectType: secret`)],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'objects are no list',
    breaks: (world, who) => objectsOf(world, who, () => 'objectName: x: y'),
    says: who => [provided(who, 'Failed to load SecretProviderClass: yaml: mapping values are not allowed in this context')],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'ARN of another region',
    breaks: (world, who) =>
      objectsOf(world, who, text =>
        text.replace(/objectName: \S+/, `objectName: arn:aws:secretsmanager:eu-central-1:${account}:secret:${who.secret}-${who.suffix}`),
      ),
    says: who => [
      provided(
        who,
        `ARN region must match region eu-west-1: arn:aws:secretsmanager:eu-central-1:${account}:secret:${who.secret}-${who.suffix}`,
      ),
    ],
    link: 'class',
    check: 'class-invalid',
  },
  {
    name: 'path that is no JMESPath',
    breaks: (world, who) => objectsOf(world, who, addField('jmesPath: [{ path: pass-word, objectAlias: password }]')),
    says: who => [masked(who)],
    link: 'files',
    check: 'value-path-invalid',
  },
]
