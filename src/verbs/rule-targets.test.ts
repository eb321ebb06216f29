import { expect, it } from 'vitest'
import { readFiles } from '#sources/files/read-files.ts'
import { targetsOfRules } from './rule-targets.ts'

it('are the topics and queues of rules that take events', async () => {
  const read = await Promise.all(
    ['target-refuses-events/fail.yaml', 'target-refuses-events/fail-queue.yaml'].map(file => readFiles([`src/joints/guardduty/${file}`])),
  )
  expect(targetsOfRules(read)).toEqual(['arn:aws:sns:eu-west-1:111122223333:on-call', 'arn:aws:sqs:eu-west-1:111122223333:on-call'])
})
