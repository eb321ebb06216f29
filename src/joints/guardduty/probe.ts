import type { Chain } from '#model/chain.ts'
import type { Expectation, Observation, ProbeAct, StepResult } from '#model/probe.ts'
import type { Resource } from '#model/resource.ts'
import type { World } from '#model/world.ts'
import type { ChainStart } from '#joints/define.ts'
import { actSeen, chainPrediction, defineProbe, judgedBy, notObserved, type Prepared, type ProbeSettings } from '#joints/define-probe.ts'
import guardduty from './joint.ts'

/** Asks GuardDuty what it says of the cluster now; and whether a finding that it makes up arrives. That agents see anything it does not show. */
export default defineProbe({ joint: guardduty, reads: [], prepare })

/** One of low severity that is about a cluster. */
const type = 'Policy:Kubernetes/ExposedDashboard'
const sampleSeconds = 120

function prepare(_world: World, { through = [] }: ChainStart, settings: ProbeSettings): Prepared | { readonly why: string } {
  const cluster = through.find((each): each is Resource<'aws/eks/Cluster'> => each.kind === 'aws/eks/Cluster')
  return cluster === undefined ? { why: 'the EKS cluster was not read' } : preparedFor(cluster.id, cluster.body.name, settings)
}

function preparedFor(arn: string, cluster: string, { sampleFindings }: ProbeSettings): Prepared {
  const region = arn.split(':')[3] ?? ''
  const acts: readonly ProbeAct[] = [
    { id: 'coverage', do: 'coverage', region, cluster },
    ...(sampleFindings ? [{ id: 'arrival', do: 'sample-finding', region, type, seconds: sampleSeconds } as const] : []),
  ]
  return { namespace: '', pods: [], objects: [], acts, expect: (_copy, _chain, own) => expected(own, sampleFindings) }
}

function expected(chain: Chain | undefined, isSampled: boolean) {
  const covered: Expectation = {
    id: 'coverage',
    says: 'GuardDuty says that its agents are healthy on every node',
    isMust: true,
    predicted: chainPrediction(chain, 'malware-protection'),
  }
  const arrival: Expectation = {
    id: 'arrival',
    says: `a sample finding of type ${type} arrives within ${sampleSeconds} s`,
    isMust: true,
    predicted: chainPrediction(chain, 'audit-logs'),
  }
  const expectations = isSampled ? [covered, arrival] : [covered]
  return {
    expectations,
    judge: judgedBy(expectations, {
      coverage: seen => actSeen(seen, 'coverage', actObserved),
      arrival: seen => actSeen(seen, 'arrival', actObserved),
    }),
  }
}

/** An error of AWS shows nothing of GuardDuty. */
function actObserved({ ok, text, code }: StepResult): Observation {
  if (code !== undefined && code !== 'timeout' && code !== 'not-found') return notObserved(text)
  return { is: ok ? 'yes' : 'no', text }
}
