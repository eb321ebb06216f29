import { defineCheck } from '#joints/define.ts'
import { workloadKinds } from '#joints/workloads.ts'
import { fail, pass } from '#model/verdict.ts'
import { overClasses } from '../class-uses.ts'
import { regionKinds } from '../classes.ts'
import { consumersOf } from '../consumers.ts'
import { mountedFiles } from '../mounted-files.ts'
import { settled } from '../settled.ts'

export default defineCheck({
  id: 'secrets-store/sub-path-not-mounted',
  title: 'A container takes one file of the mounted secrets, and no file is called that',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: [...workloadKinds, ...regionKinds, 'k8s/SecretProviderClass'],
  sources: [
    'https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath',
    'https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/provider/secret_descriptor.go',
  ],

  test({ subject: workload, world }) {
    return overClasses(world, workload, ({ mount, parsed, secretProviderClass }) => {
      const names = mountedFiles(parsed).map(({ file }) => file)
      const parts = consumersOf(mount).filter(({ subPath }) => subPath !== undefined)
      return settled(
        parts,
        ({ subPath = '', container, path }) => {
          const plain = subPath.replace(/\/+$/, '')
          const found = names.some(name => name === plain || name.startsWith(`${plain}/`))
          if (found) return pass(workload.resource.at([...path, 'subPath'], 'a file of the mount'))
          return fail({
            message: `container ${container} of ${workload.name} takes ${subPath} of SecretProviderClass ${secretProviderClass.body.metadata.name}, whose files are ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`,
            evidence: [
              workload.resource.at([...path, 'subPath'], 'no file is called that'),
              secretProviderClass.at(['spec', 'parameters', 'objects'], 'the files that are mounted'),
            ],
            effect: 'The kubelet cannot make the path in a read-only mount, so the container does not start: CreateContainerConfigError.',
            help: `Say one of the files in subPath: the alias counts, and slashes become ${parsed.translate === '' ? 'folders' : parsed.translate}. Better, mount the whole folder: what subPath mounts is never renewed.`,
            key: `${container} ${subPath}`,
          })
        },
        'no container takes a single file of it',
      )
    })
  },
})
