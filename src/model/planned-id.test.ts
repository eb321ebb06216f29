import { expect, test } from 'vitest'
import { plannedId, plannedIdsIn, plannedIn, withIds } from './planned-id.ts'

const group = plannedId('aws/ec2/SecurityGroup', 'vpc-1/prod-payments-reader')

test('a planned id says of what kind it is, and by what name it is found', () => {
  expect(plannedIn(group)).toEqual({ kind: 'aws/ec2/SecurityGroup', name: 'vpc-1/prod-payments-reader' })
  expect(plannedIn('sg-0123')).toBeUndefined()
  expect(plannedIn('planned:aws/ec2/Nothing:a')).toBeUndefined()
})

test('each is found once, and replaced wherever it stands whole', () => {
  const body = { spec: { groups: [group, 'sg-2'], again: group, text: `in ${group}`, none: null } }
  expect(plannedIdsIn(body)).toEqual([group])
  expect(withIds(body, new Map([[group, 'sg-1']]))).toEqual({
    spec: { groups: ['sg-1', 'sg-2'], again: 'sg-1', text: `in ${group}`, none: null },
  })
})
