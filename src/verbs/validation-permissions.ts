import { isKubernetesKind, kubernetesKinds } from '#model/kinds.ts'
import type { Probe, ProbeAct } from '#model/probe.ts'

const actPermissions: Readonly<Record<ProbeAct['do'], readonly string[]>> = {
  'find-log-line': ['logs:FilterLogEvents'],
  coverage: ['guardduty:ListDetectors', 'guardduty:GetCoverageStatistics'],
  'sample-finding': [
    'guardduty:ListDetectors',
    'guardduty:CreateSampleFindings',
    'guardduty:ListFindings',
    'guardduty:GetFindings',
    'guardduty:ArchiveFindings',
  ],
}

/** What running these probes takes, besides reading the world: verbs of the API server by namespace, then actions of AWS. */
export function validationPermissions(probes: readonly Probe[]): readonly string[] {
  const making = probes.filter(({ pods, objects }) => pods.length + objects.length > 0)
  const namespaces = [...new Set(making.map(({ namespace }) => namespace))].toSorted()
  const kubernetes = namespaces.flatMap(namespace => {
    const own = probes.filter(probe => probe.namespace === namespace)
    const kinds = [...new Set(own.flatMap(({ objects }) => objects.map(({ kind }) => kind)))]
    const made = [...(own.some(({ pods }) => pods.length > 0) ? (['k8s/Job'] as const) : []), ...kinds]
    const writes = made.map(kind => `create, get, delete ${isKubernetesKind(kind) ? resourceText(kind) : kind} in ${namespace}`)
    return [...writes, `list pods, get pods/log, list events in ${namespace}`]
  })
  const actions = probes.flatMap(({ acts }) => acts.flatMap(act => actPermissions[act.do]))
  return [...kubernetes, ...new Set(actions)]
}

function resourceText(kind: keyof typeof kubernetesKinds): string {
  const { group, plural } = kubernetesKinds[kind]
  return group === '' ? plural : `${plural}.${group}`
}
