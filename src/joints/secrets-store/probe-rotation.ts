import type { Chain } from '#model/chain.ts'
import type { Expectation, Observation, Prediction, ProbeStep, Seen } from '#model/probe.ts'
import type { World } from '#model/world.ts'
import { chainPrediction, notObserved, predicting, stepSeen, type ProbeSettings } from '#joints/define-probe.ts'
import { driversIn } from './installed.ts'
import { driverName } from './mounts.ts'
import type { Comparison } from './probe-comparisons.ts'
import { isRepublished, rotationSwitch } from './rotation.ts'

/** How long to wait for a file to change, seconds. */
export const rotationSeconds = ({ rotationSeconds: asked = 0 }: ProbeSettings): number => asked

/** Looks again and again until the file has changed and is current: somebody else rotates the secret meanwhile. */
export const followRotation = ({ step }: Comparison, settings: ProbeSettings): ProbeStep => ({
  ...step,
  id: 'rotation',
  every: 2_000,
  timeout: rotationSeconds(settings) * 1000,
})

/** Whose secret it is and how often it changes does not matter here: whether the driver would follow does. */
export const rotationExpectation = (world: World, cluster: string, { step }: Comparison, chain: Chain | undefined): Expectation => ({
  id: 'rotation',
  says: `file ${step.file} follows when ${step.resource} changes`,
  isMust: true,
  predicted: predicting(() => rotationPrediction(world, cluster, chain)),
})

function rotationPrediction(world: World, cluster: string, chain: Chain | undefined): Prediction {
  const only = chain === undefined ? undefined : { ...chain, links: chain.links.filter(({ id }) => id === link) }
  const byChain = chainPrediction(only)
  if (byChain.is === 'no') return byChain
  const [driver] = driversIn(world, cluster)
  const csiDriver = world.find('k8s/CSIDriver', driverName, { cluster })
  if (driver === undefined || csiDriver === undefined)
    return { is: 'unknown', fact: { kind: 'k8s/CSIDriver', reason: 'the driver is not installed' } }
  const { isOn, at } = rotationSwitch(driver)
  if (!isOn) return { is: 'no', because: 'the driver does not renew what is mounted', at: [at('rotation is off')], link }
  const asks = [csiDriver.at(['spec'], 'whether the kubelet asks again')]
  if (!isRepublished(driver, csiDriver)) return { is: 'no', because: 'the kubelet never asks the driver again', at: asks, link }
  return { is: 'yes', because: 'the driver renews what is mounted', at: [at('rotation is on'), ...asks], link }
}

const link = 'rotation'

/** A secret that nobody changed shows nothing of whether files follow. */
export const rotationObserved = (seen: Seen): Observation =>
  stepSeen(seen, 'pod', 'rotation', ({ ok, text, facts }) => {
    if (ok) return { is: 'yes', text: `${text}, ${String(facts?.['seconds'])} s after the probe began to look` }
    if (facts === undefined) return notObserved(text)
    return facts['changed'] === true ? { is: 'no', text } : notObserved('the secret did not change while the probe looked')
  })
