import { defineAdoption, nowhere } from '#joints/define-adoption.ts'
import { accountDefault } from './account-default.ts'
import { defaultClass, ebsDriverOf, encryptionAsked, keyParameter } from './classes.ts'
import { homeOf } from './home.ts'

/** The class that new volumes get: the default one where it encrypts, else the only one that does. */
export default defineAdoption({
  fills: 'storage',
  reads: ['aws/ec2/EbsEncryptionByDefault', 'aws/eks/Cluster', 'k8s/StorageClass'],
  adopt(world, cluster) {
    const { name } = cluster.body
    const encrypting = world
      .list('k8s/StorageClass', { cluster: name })
      .filter(each => ebsDriverOf(each) !== undefined && encryptionAsked(each)?.value === 'true')
    const byDefault = defaultClass(world, name)
    const chosen = encrypting.find(each => each === byDefault) ?? (encrypting.length === 1 ? encrypting[0] : undefined)
    if (chosen === undefined) {
      const remarks =
        encrypting.length === 0 ? [] : [`storage: ${encrypting.length} classes encrypt, and none of them is the default; name one.`]
      return remarks.length === 0 ? undefined : { part: {}, remarks }
    }
    const key = keyParameter(chosen)?.value
    const isOn = accountDefault(world, homeOf(world, name)).body.EbsEncryptionByDefault === true
    const storage = {
      class: chosen.body.metadata.name,
      ...(key === undefined ? {} : { key }),
      ...(chosen === byDefault ? { isDefault: true } : {}),
      ...(isOn ? { accountDefault: true } : {}),
      where: nowhere,
    }
    return { part: { storage }, remarks: [] }
  },
})
