import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Resource } from '#model/resource.ts'
import { horizonOf, newestOfNode, newestWithPrefix } from './streams.ts'

const name = '/aws/containerinsights/prod/application'
const arn = `arn:aws:logs:eu-west-1:111122223333:log-group:${name}`
const origin = { locate: () => ({ in: 'api', call: 'test', path: '', excerpt: '' }) as const }

const streams = (list: readonly (readonly [string, number | undefined])[], truncated = false) =>
  new Resource(
    'aws/logs/LogStreams',
    arn,
    { account: '111122223333', region: 'eu-west-1' },
    {
      logGroupArn: arn,
      logGroupName: name,
      logStreams: list.map(([logStreamName, time]) => ({ logStreamName, ...(time === undefined ? {} : { lastEventTimestamp: time }) })),
      ...(truncated ? { truncated: true as const } : {}),
    },
    origin,
  )

it('the newest event of a prefix is that of a plain search', () => {
  const text = fc.stringMatching(/^[ab-]{0,4}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.option(fc.nat(9), { nil: undefined }))), text, (list, prefix) => {
      const times = list.flatMap(([each, time]) => (time !== undefined && each.startsWith(prefix) ? [time] : []))
      expect(newestWithPrefix({}, streams(list), prefix)?.time).toBe(times.length === 0 ? undefined : Math.max(...times))
    }),
  )
})

it('a node whose name begins another’s is told apart where the configuration ends the prefix', () => {
  const destination = { stream: { is: 'prefix' as const, of: (node: string) => `${node}-` } }
  const list = streams([
    ['ip-10-0-1-1.internal-app', 5],
    ['ip-10-0-1-1.internal', 9],
    ['ip-10-0-1-17.internal-app', 7],
  ])
  expect(newestOfNode({}, list, destination as never, 'ip-10-0-1-1.internal')?.time).toBe(5)
})

it('streams that were left out are no newer than the oldest that is here', () => {
  expect(
    horizonOf(
      streams(
        [
          ['a', 5],
          ['b', 3],
          ['c', undefined],
        ],
        true,
      ),
    ),
  ).toBe(3)
  expect(horizonOf(streams([['a', 5]]))).toBeUndefined()
})
