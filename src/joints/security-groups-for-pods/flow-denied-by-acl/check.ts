import { defineCheck } from '#joints/define.ts'
import { distinctPlaces, fixFor, layerEvidence } from '#joints/denied-layers.ts'
import { networkInputKinds } from '#joints/network-input.ts'
import { networkOf } from '#joints/network.ts'
import { fail, pass, skip } from '#model/verdict.ts'
import { declaredPathsOf } from '../flow-paths.ts'
import { selectedBy } from '../workload-groups.ts'

export default defineCheck({
  id: 'security-groups-for-pods/flow-denied-by-acl',
  title: 'A network ACL closes a flow that is meant, or what answers it',
  severity: 'high',
  since: '0.1.0',
  subject: 'workload',
  reads: networkInputKinds,
  sources: [
    'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html',
    'https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports',
  ],

  test({ subject: workload, world }) {
    const selected = selectedBy(world, workload)
    if (selected === undefined) return skip('no policy selects the workload')
    const { closed, open, count } = declaredPathsOf(world, workload, 'nacl')
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
    const isReturn = first.layers[0]?.reason.includes('what answers') === true
    return fail({
      message: `${first.text} is meant, and ${first.layers[0]?.reason ?? 'a network ACL does not let it pass'}${more}`,
      evidence: [places[0] ?? first.because, ...places.slice(1, 3), ...distinctPlaces(closed.map(({ because }) => because)).slice(0, 3)],
      effect: isReturn
        ? 'The connection is opened and its answers are dropped: an ACL keeps no state, and the client listens at any port from 1024 to 65535.'
        : 'Connections between the two subnets time out, whatever security groups and policies allow.',
      ...(fix === undefined
        ? {
            help: 'Let the port in and out, and what answers it at ports 1024 to 65535, by entries of the ACLs of both subnets that come before those that deny.',
          }
        : { fix }),
    })
  },
})
