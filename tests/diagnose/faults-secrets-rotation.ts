import { objectsOf, addField, driver, type MountFault } from './mounted-secret.ts'

/** Why what is mounted grows old. */
export const rotationFaults: readonly MountFault[] = [
  {
    name: 'rotation switched off, and nobody said anything',
    breaks: world =>
      driver(world, body => {
        const [container] = body.spec.template.spec.containers
        container.args = container.args.filter((argument: string) => !argument.includes('rotation'))
      }),
    says: () => [],
    link: 'rotation',
    check: 'rotation-off',
  },
  {
    name: 'rotation looks once in a month',
    breaks: world =>
      driver(world, body => {
        const [container] = body.spec.template.spec.containers
        container.args = container.args.map((argument: string) => argument.replace('=5m', '=800h'))
      }),
    says: () => [],
    link: 'rotation',
    check: 'rotation-interval-too-long',
  },
  {
    name: 'version pinned',
    breaks: (world, who) => objectsOf(world, who, addField(`objectVersion: ${who.version}`)),
    says: () => [],
    link: 'rotation',
    check: 'version-pinned',
  },
  {
    name: 'old version mounted',
    breaks: (world, who) =>
      world.edit('k8s/SecretProviderClassPodStatus', `orders/${who.name}-7d4f9c6b8-x2v9q-orders-${who.name}`, body => {
        body.status.objects[0].version = '00000000-0000-4000-8000-000000000000'
      }),
    says: () => [],
    link: 'version',
    check: 'mounted-version-stale',
  },
]
