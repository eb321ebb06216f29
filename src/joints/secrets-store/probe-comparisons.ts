import type { ProbeStep } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { tried } from '#joints/access-documents.ts'
import { takenClass } from './classes.ts'
import { mountedFiles } from './mounted-files.ts'
import type { SecretMount } from './mounts.ts'
import { wantedOf } from './stored.ts'

/** One file of a mount and the secret or parameter that it should hold. */
export interface Comparison {
  readonly step: ProbeStep
  readonly says: string
}

/** Enough to tell whether a class mounts what it should, in one order that a pod can take. */
const mostFiles = 20

/** Each file of a class in its first region, compared inside the pod; none where the class is not known or refused. */
export function comparisons(world: World, mount: SecretMount, folder: string): readonly Comparison[] {
  const found = tried(() => takenClass(world, mount))
  if (found.is === 'unread' || found.value === undefined) return []
  const wanted = wantedOf(found.value).filter(({ isFailover }) => !isFailover)
  return mountedFiles(found.value.parsed)
    .slice(0, mostFiles)
    .flatMap(({ file, object, holds, inner }) => {
      const asked = wanted.find(each => each.object === object)
      if (asked === undefined) return []
      const value = holds === 'whole' ? undefined : object.jmesPath.find(each => each.inner.every((step, at) => step === inner[at]))
      const step: ProbeStep = {
        id: `current-${file}`,
        do: 'secret',
        file: `${folder}/${file}`,
        operation: object.type === 'secretsmanager' ? 'secretsmanager:GetSecretValue' : 'ssm:GetParameters',
        resource: asked.name,
        region: asked.region,
        ...(value === undefined ? {} : { jmesPath: value.path }),
        ...(asked.version === undefined ? {} : { version: asked.version }),
        ...(asked.label === undefined ? {} : { stage: asked.label }),
      }
      const which = asked.version ?? asked.label
      const what = which === undefined ? 'holds now' : `holds as ${which}`
      return [{ step, says: `file ${file} is what ${asked.name} ${what}` }]
    })
}
