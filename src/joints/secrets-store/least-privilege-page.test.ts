import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { serviceAccountKey, workloadsByServiceAccount } from '#joints/workloads.ts'
import { World } from '#model/world.ts'
import { readFiles } from '#sources/files/read-files.ts'
import { leastPrivilege } from './least-privilege.ts'
import { mountedNeeds } from './mounted-needs.ts'
import { mountsOf } from './mounts.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

describe('the page about this joint', () => {
  const page = readFileSync(`${root}docs/guide/joints/secrets-store.md`, 'utf8')
  const shown = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown)

  it('shows what a workload of the small company needs', async () => {
    const world = new World(await readFiles([`${root}examples/shop`]))
    const account = world.seen('k8s/ServiceAccount').find(({ id }) => id === 'orders/receipts')
    const cluster = account !== undefined && 'cluster' in account.scope ? account.scope.cluster : ''
    const workloads = workloadsByServiceAccount(world).get(serviceAccountKey(cluster, 'orders', 'receipts')) ?? []
    const mounts = workloads.flatMap(workload => mountsOf(world, workload))
    const { needs, unread } = mountedNeeds(world, mounts, { partition: 'aws', account: '111122223333' })
    expect(unread).toEqual([])
    const roleArn = 'arn:aws:iam::111122223333:role/orders-receipts'
    expect(shown[0]).toEqual(leastPrivilege({ roleArn, mounted: needs, describes: false }).identity)
  })

  it('shows what customer managed keys and another account take, in each place', () => {
    const own = 'arn:aws:kms:eu-west-1:111122223333:key/5b1f0c00-0000-4000-8000-000000000001'
    const theirs = 'arn:aws:kms:eu-west-1:444455556666:key/5b1f0c00-0000-4000-8000-000000000002'
    const shared = 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:shared/tls-MnOpQr'
    const documents = leastPrivilege({
      roleArn: 'arn:aws:iam::111122223333:role/api',
      describes: false,
      mounted: [
        { arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbCdEf', keyArn: own },
        { arn: 'arn:aws:ssm:eu-west-1:111122223333:parameter/shop/rates', keyArn: own },
        { arn: shared, keyArn: theirs },
      ],
    })
    expect(shown.slice(1)).toEqual([documents.identity, documents.keys.get(own), documents.keys.get(theirs), documents.secrets.get(shared)])
  })
})
