import { defineCheck } from '#joints/define.ts'
import { distinctPlaces, fixFor, layerEvidence } from '#joints/denied-layers.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf } from '#joints/network.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { declaredPathsOf } from '../flow-paths.ts'
import { selectedBy } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/flow-denied-by-group',
  title: 'A flow that is meant and that policies let pass is closed by a security group at one end',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const { closed, open, count } = declaredPathsOf(world, workload, 'securityGroup')
    const [first, ...others] = closed
    if (first === undefined)
      return count === 0 ? skip('no rule says who is meant to talk with it') : pass(...distinctPlaces(open).slice(0, 3))
    const view = networkOf(world, workload.cluster)
    const places = distinctPlaces(closed.flatMap(({ layers }) => layers.flatMap(layer => layerEvidence(view, layer))))
    const fix =
      closed.length > 6
        ? undefined
        : fixFor(
            view,
            closed.map(({ question }) => question),
          )
    const more = others.length === 0 ? '' : ` (and ${others.length} more like it)`
    return fail({
      message: `${first.text} is meant and let pass by policies, and a security group at the ${first.layers[0]?.end ?? 'other'} does not let it${more}`,
      evidence: [
        places[0] ?? first.because,
        ...places.slice(1, 3),
        ...distinctPlaces(closed.map(({ because }) => because)).slice(0, 3),
        selected.policies[0].at(['metadata', 'name'], `this policy gives ${workload.name} groups of its own`),
      ],
      effect: 'Connections between pods of two nodes time out. In standard mode those on one node work, so it seems to fail by chance.',
      ...(fix === undefined ? { help: 'Let the port in, or out, by a rule that refers to the group of the other end.' } : { fix }),
    })
  },
})
