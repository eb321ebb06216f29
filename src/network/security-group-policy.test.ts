import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Kinds } from '#model/kinds.ts'
import { securityGroupsOfPod } from './security-group-policy.ts'

type Policy = Kinds['k8s/SecurityGroupPolicy']

// Semantics: filterPodSecurityGroups and WhichPod of github.com/aws/amazon-vpc-resource-controller-k8s (pkg/utils/helper.go, webhooks/core/pod_webhook.go).
const pod = (labels: Record<string, string> = {}, spec: object = {}): Kinds['k8s/Pod'] =>
  ({ metadata: { namespace: 'shop', name: 'web', labels }, spec: { containers: [], ...spec } }) as never
const account = (labels: Record<string, string> = {}): Kinds['k8s/ServiceAccount'] =>
  ({ metadata: { namespace: 'shop', name: 'default', labels } }) as never
const policy = (name: string, spec: object, namespace = 'shop'): Policy => ({ metadata: { namespace, name }, spec }) as never
const groups = (...groupIds: string[]) => ({ securityGroups: { groupIds } })

function groupsOf(...args: Parameters<typeof securityGroupsOfPod>): readonly string[] {
  const answer = securityGroupsOfPod(...args)
  if ('refused' in answer) throw new Error(answer.refused)
  return answer.groups
}

const problemsOf = (spec: object, labels = {}) => {
  const answer = securityGroupsOfPod(pod(labels), account(), [policy('a', spec)])
  if ('refused' in answer) throw new Error(answer.refused)
  return { groups: answer.groups, problems: answer.problems.map(({ problem, policy: { path } }) => `${path.join('.')}: ${problem}`) }
}

describe('which policies select a pod', () => {
  test('a pod selector alone asks the labels of the pod', () => {
    const web = policy('web', { podSelector: { matchLabels: { app: 'web' } }, ...groups('sg-1') })
    expect(groupsOf(pod({ app: 'web' }), account(), [web])).toEqual(['sg-1'])
    expect(groupsOf(pod({ app: 'api' }), account({ app: 'web' }), [web])).toEqual([])
  })

  test('a service account selector asks the labels of the account, never its name', () => {
    const trusted = policy('trusted', { serviceAccountSelector: { matchLabels: { role: 'reader' } }, ...groups('sg-1') })
    expect(groupsOf(pod(), account({ role: 'reader' }), [trusted])).toEqual(['sg-1'])
    expect(groupsOf(pod({ role: 'reader' }, { serviceAccountName: 'reader' }), account(), [trusted])).toEqual([])
  })

  test('both selectors must hold', () => {
    const both = policy('both', { podSelector: { matchLabels: { app: 'web' } }, serviceAccountSelector: {}, ...groups('sg-1') })
    expect(groupsOf(pod({ app: 'web' }), account(), [both])).toEqual(['sg-1'])
    expect(groupsOf(pod(), account(), [both])).toEqual([])
  })

  test('an empty selector selects every pod of its namespace and none of another', () => {
    expect(groupsOf(pod(), account(), [policy('all', { podSelector: {}, ...groups('sg-1') })])).toEqual(['sg-1'])
    expect(groupsOf(pod(), account(), [policy('all', { podSelector: {}, ...groups('sg-1') }, 'other')])).toEqual([])
  })

  test('several policies unite, each group once, in the order of the policies', () => {
    const all = [policy('a', { podSelector: {}, ...groups('sg-2', 'sg-1') }), policy('b', { podSelector: {}, ...groups('sg-1', 'sg-3') })]
    const answer = securityGroupsOfPod(pod(), account(), all)
    expect(answer).toEqual({
      groups: ['sg-2', 'sg-1', 'sg-3'],
      by: ['shop/a', 'shop/b'].map(id => ({ kind: 'k8s/SecurityGroupPolicy', id, path: ['spec', 'securityGroups', 'groupIds'] })),
      problems: [],
    })
  })

  test('NotIn and DoesNotExist hold of a label that is not there', () => {
    const expressions = [
      { key: 'tier', operator: 'NotIn', values: ['front'] },
      { key: 'gone', operator: 'DoesNotExist' },
    ]
    const back = policy('back', { podSelector: { matchExpressions: expressions }, ...groups('sg-1') })
    expect(groupsOf(pod(), account(), [back])).toEqual(['sg-1'])
    expect(groupsOf(pod({ tier: 'back' }), account(), [back])).toEqual(['sg-1'])
    expect(groupsOf(pod({ tier: 'front' }), account(), [back])).toEqual([])
    expect(groupsOf(pod({ gone: '' }), account(), [back])).toEqual([])
  })

  test('In with the empty value asks for the label', () => {
    const empty = policy('e', { podSelector: { matchExpressions: [{ key: 'x', operator: 'In', values: [''] }] }, ...groups('sg-1') })
    expect(groupsOf(pod({ x: '' }), account(), [empty])).toEqual(['sg-1'])
    expect(groupsOf(pod(), account(), [empty])).toEqual([])
  })
})

describe('policies that the controller passes over in silence', () => {
  test.each([
    [{ ...groups('sg-1') }, 'spec: it has neither podSelector nor serviceAccountSelector'],
    [{ podSelector: null, serviceAccountSelector: null, ...groups('sg-1') }, 'spec: it has neither podSelector nor serviceAccountSelector'],
    [{ podSelector: {} }, 'spec: it names no security groups'],
    [{ podSelector: {}, ...groups() }, 'spec: it names no security groups'],
    [
      { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [] }] }, ...groups('sg-1') },
      'spec.podSelector.matchExpressions.0: podSelector is invalid and selects nothing: In needs values',
    ],
    [
      {
        podSelector: {},
        serviceAccountSelector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['x'] }] },
        ...groups('sg-1'),
      },
      'spec.serviceAccountSelector.matchExpressions.0: serviceAccountSelector is invalid and selects nothing: Exists takes no values',
    ],
    [
      { podSelector: { matchLabels: { 'a/b/c': 'x' } }, ...groups('sg-1') },
      'spec.podSelector.matchLabels.a/b/c: podSelector is invalid and selects nothing: "a/b/c" is no label key',
    ],
    [
      { podSelector: { matchLabels: { app: 'web server' } }, ...groups('sg-1') },
      'spec.podSelector.matchLabels.app: podSelector is invalid and selects nothing: "web server" is no label value',
    ],
    [
      { podSelector: { matchExpressions: [{ key: 'n', operator: 'Gt', values: ['1'] }] }, ...groups('sg-1') },
      'spec.podSelector.matchExpressions.0: podSelector is invalid and selects nothing: "Gt" is no operator of label selectors',
    ],
  ])('%j', (spec, problem) => {
    expect(problemsOf(spec, { app: 'web' })).toEqual({ groups: [], problems: [problem] })
  })

  test('matchNames is dropped, and what is left selects every account', () => {
    const { groups: got, problems } = problemsOf({ serviceAccountSelector: { matchNames: ['reader'] }, ...groups('sg-1') })
    expect(got).toEqual(['sg-1'])
    expect(problems).toEqual([
      'spec.serviceAccountSelector.matchNames: matchNames does not exist and is dropped, which leaves the rest to select',
    ])
  })
})

describe('which pods policies apply to', () => {
  const all = [policy('all', { podSelector: {}, ...groups('sg-1') })]

  test('not to the network of the host', () => {
    expect(securityGroupsOfPod(pod({}, { hostNetwork: true }), undefined, all)).toMatchObject({ groups: [], exempt: expect.any(String) })
  })

  test.each(['kubernetes.io/os', 'beta.kubernetes.io/os'])('not to Windows by node selector %s', label => {
    expect(securityGroupsOfPod(pod({}, { nodeSelector: { [label]: 'windows' } }), account(), all)).toMatchObject({ groups: [] })
  })

  test('to Windows by affinity, which the webhook does not see', () => {
    const term = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['windows'] }] }
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } }
    expect(groupsOf(pod({}, { affinity }), account(), all)).toEqual(['sg-1'])
  })

  test('to Fargate, even with a Windows selector: the profile is asked first', () => {
    const fargate = pod({ 'eks.amazonaws.com/fargate-profile': 'p' }, { nodeSelector: { 'kubernetes.io/os': 'windows' } })
    expect(groupsOf(fargate, account(), all)).toEqual(['sg-1'])
  })

  test('a pod without its service account is refused, policies or not', () => {
    expect(securityGroupsOfPod(pod({}, { serviceAccountName: 'reader' }), undefined, [])).toEqual({
      refused: 'service account shop/reader does not exist',
    })
  })
})

test('the order of policies changes only the order of groups', () => {
  const one = fc.record({ app: fc.constantFrom('web', 'api'), ids: fc.array(fc.constantFrom('sg-1', 'sg-2', 'sg-3'), { maxLength: 3 }) })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), policies => {
      const made = policies.map(({ app, ids }, i) => policy(`p${i}`, { podSelector: { matchLabels: { app } }, ...groups(...ids) }))
      const forward = groupsOf(pod({ app: 'web' }), account(), made)
      const backward = groupsOf(pod({ app: 'web' }), account(), [...made].reverse())
      expect([...backward].sort()).toEqual([...forward].sort())
      const expected = new Set(policies.flatMap(({ app, ids }) => (app === 'web' ? ids : [])))
      expect(new Set(forward)).toEqual(expected)
    }),
  )
})
