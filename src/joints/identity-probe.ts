import type { Chain } from '#model/chain.ts'
import type { Expectation, Observation, Prediction, ProbeStep, Seen, StepResult } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { lastName } from '#iam/arn.ts'
import type { Kind } from '#model/kinds.ts'
import { mechanismKinds, type Mechanism } from './access-mechanism.ts'
import { serviceAccountMechanisms, type AccountName } from './access-workload.ts'
import type { ChainStart } from './define.ts'
import { chainPrediction, judgedBy, notObserved, predicting, stepSeen, type Prepared, type ProbeSettings } from './define-probe.ts'
import { metadataExpectation, metadataObserved } from './node-credentials/probe.ts'
import { callExpectation, callKinds, callObserved, callStep, chooseCalls, type ChosenCalls } from './probe-calls.ts'
import { stepsPod } from './probe-job.ts'
import { likeWorkload } from './probe-likeness.ts'
import { workloadKinds } from './workloads.ts'

/** What tells who a pod will be, and what it may do. */
export const identityKinds: readonly Kind[] = [...new Set<Kind>([...callKinds, ...mechanismKinds, ...workloadKinds])]

/** Long enough for the SDK to fall through to the metadata service, which takes it some seconds, and to be told no by STS. */
const seconds = 90

/**
 * A pod with the service account asks AWS who it is, does one thing that it may and one that it may not, and tries the metadata service.
 * @param end the first link of the chain that speaks of permissions, not of identity
 */
export function identityProbe(
  world: World,
  start: ChainStart,
  settings: ProbeSettings,
  joint: string,
  number: number,
  end: string,
): Prepared | { readonly why: string } {
  const account = accountOf(start)
  if (account === undefined) return { why: 'the chain begins at no service account' }
  const [mechanism] = serviceAccountMechanisms(world, account)
  const caller = mechanism === undefined || mechanism.session.is === 'refused' ? undefined : mechanism.session.caller
  const calls = caller === undefined ? {} : chooseCalls(world, caller)
  const pod = stepsPod('pod', {
    ...likeWorkload(start.workload?.template),
    cluster: account.cluster,
    namespace: account.namespace,
    serviceAccountName: account.name,
    settings,
    joint,
    name: String(number),
    steps: stepsOf(calls),
    seconds,
  })
  return {
    namespace: account.namespace,
    pods: [pod],
    objects: [],
    acts: [],
    expect: (copy, chain) =>
      expected(copy, account.cluster, {
        prediction: identityPrediction(copy, account, chain, mechanism, end),
        roleArn: mechanism?.roleArn,
        calls,
      }),
  }
}

export const accountOf = ({ clusterName, workload, serviceAccount }: ChainStart): AccountName | undefined => {
  if (workload !== undefined) return { cluster: workload.cluster, namespace: workload.namespace, name: workload.serviceAccountName }
  if (serviceAccount === undefined) return undefined
  const { namespace, name } = serviceAccount.body.metadata
  return { cluster: clusterName, namespace, name }
}

const stepsOf = ({ permitted, forbidden }: ChosenCalls): readonly ProbeStep[] => [
  { id: 'identity', do: 'caller', timeout: 45_000 },
  ...(permitted === undefined ? [] : [callStep('permitted', permitted)]),
  ...(forbidden === undefined ? [] : [callStep('forbidden', forbidden)]),
  { id: 'metadata', do: 'metadata', timeout: 2_000 },
]

interface Known {
  readonly prediction: Prediction
  readonly roleArn: string | undefined
  readonly calls: ChosenCalls
}

function expected(world: World, cluster: string, { prediction, roleArn, calls }: Known) {
  const identity: Expectation = {
    id: 'identity',
    says: roleArn === undefined ? 'AWS gives the pod a role of its own' : `AWS knows the pod as role ${lastName(roleArn)}`,
    isMust: true,
    predicted: prediction,
  }
  const { permitted, forbidden } = prediction.is === 'no' ? {} : calls
  const expectations = [
    identity,
    ...(permitted === undefined ? [] : [callExpectation('permitted', permitted)]),
    ...(forbidden === undefined ? [] : [callExpectation('forbidden', forbidden)]),
    metadataExpectation(world, cluster),
  ]
  const called = (id: 'permitted' | 'forbidden') => (seen: Seen) =>
    seen.pods.get('pod')?.results.get('identity')?.ok === false
      ? notObserved('the pod got no identity to call with')
      : stepSeen(seen, 'pod', id, result => callObserved(id, result))
  return {
    expectations,
    judge: judgedBy(expectations, {
      identity: seen => withoutAccount(seen) ?? stepSeen(seen, 'pod', 'identity', result => identityObserved(result, roleArn, prediction)),
      permitted: called('permitted'),
      forbidden: called('forbidden'),
      metadata: seen => stepSeen(seen, 'pod', 'metadata', metadataObserved),
    }),
  }
}

/**
 * The chain knows webhook and network besides; what the access engine refuses, the chain calls by the same link. A service account that nothing
 * gives a role begins no chain.
 */
function identityPrediction(
  world: World,
  account: AccountName,
  chain: Chain | undefined,
  mechanism: Mechanism | undefined,
  end: string,
): Prediction {
  if (chain === undefined && mechanism?.roleArn === undefined) return predicting(() => noRole(world, account))
  const byChain = chainPrediction(chain, end)
  if (byChain.is !== 'yes' || mechanism?.session.is !== 'refused') return byChain
  return { is: 'no', because: mechanism.session.reason, at: mechanism.session.at }
}

function noRole(world: World, { cluster, namespace, name }: AccountName): Prediction {
  const serviceAccount = world.find('k8s/ServiceAccount', `${namespace}/${name}`, { cluster })
  const at = serviceAccount === undefined ? [] : [serviceAccount.at(['metadata', 'name'], 'nothing gives it a role')]
  return { is: 'no', because: `nothing gives service account ${name} a role`, at }
}

/** Without its service account no pod is made, so nobody gets an identity. */
function withoutAccount({ pods }: Seen): Observation | undefined {
  const why = pods.get('pod')?.notStarted
  return why !== undefined && /FailedCreate: .*service ?account .*not found/i.test(why) ? { is: 'no', text: why } : undefined
}

function identityObserved(result: StepResult, roleArn: string | undefined, prediction: Prediction): Observation {
  const { ok, text } = result
  if (!ok) {
    // A pod that does not get as far as STS shows nothing of what STS would have said.
    const isElsewhere = prediction.is === 'no' && prediction.link !== 'network' && isUnreachable(result)
    return isElsewhere ? notObserved(`it did not come to that: ${text}`) : { is: 'no', text }
  }
  if (roleArn === undefined)
    return result.facts?.['source'] === nodeSource ? { is: 'no', text: `it is the node: ${text}` } : { is: 'yes', text }
  return isSessionOf(text, roleArn) ? { is: 'yes', text } : { is: 'no', text: `it is another: ${text}` }
}

/** `arn:aws:sts::111122223333:assumed-role/reader/…` is a session of arn:aws:iam::111122223333:role/any/path/reader. */
function isSessionOf(text: string, roleArn: string): boolean {
  const [, partition, , , account] = roleArn.split(':')
  return text.startsWith(`arn:${partition}:sts::${account}:assumed-role/${lastName(roleArn)}/`)
}

/** No service answered: the SDK's text is that of the network. A pod without anything falls through to the metadata service of its node. https://pkg.go.dev/net#OpError */
const isUnreachable = ({ code, text }: StepResult): boolean =>
  code === undefined && !text.includes('ec2imds') && /request send failed|dial tcp|i\/o timeout/.test(text)

/** How the SDK for Go names credentials of the instance metadata service. https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds#ProviderName */
const nodeSource = 'EC2RoleProvider'
