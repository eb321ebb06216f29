import { expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import type { Gathered } from '#sources/gathered.ts'
import { logGroupsToRead } from './log-groups-to-read.ts'

const origin = { locate: () => ({ in: 'api', call: 'test', path: '', excerpt: '' }) as const }

function gathered(namespace: string, text: string): Gathered {
  const body = { metadata: { name: 'fluent-bit-config', namespace }, data: { 'application-log.conf': text } }
  const map = new Resource('k8s/ConfigMap', `${namespace}/fluent-bit-config`, { cluster: 'prod' }, body, origin)
  return { resources: [map], read: [], unread: [], problems: [], ignored: new Map() }
}

const output = (group: string) => `[INPUT]\n  Name tail\n[OUTPUT]\n  Name cloudwatch_logs\n  log_group_name ${group}\n`
const kinds = ['aws/logs/LogStreams'] as const

it('asks for the control plane’s group and for those that the configuration names', () => {
  const read = [gathered('amazon-cloudwatch', output('/teams/${CLUSTER_NAME}/all') + output('/teams/${TEAM}/all'))]
  expect(logGroupsToRead(read, 'prod', kinds)).toEqual(['/aws/eks/prod/cluster', '/teams/prod/all'])
})

it('asks for nothing when no check needs it, or no cluster is named', () => {
  const read = [gathered('amazon-cloudwatch', output('/teams/all'))]
  expect(logGroupsToRead(read, 'prod', ['aws/logs/LogGroup'])).toEqual([])
  expect(logGroupsToRead(read, undefined, kinds)).toEqual([])
})

it('takes nothing from ConfigMaps of others', () => {
  expect(logGroupsToRead([gathered('kube-system', output('/teams/all'))], 'prod', kinds)).toEqual(['/aws/eks/prod/cluster'])
})
