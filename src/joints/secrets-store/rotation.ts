import type { Evidence, Resource } from '#model/resource.ts'
import { does } from '#joints/component-versions/define.ts'
import { secretsStoreDriver } from '#joints/component-versions/secrets-store.ts'
import { versionOf, type Installed } from './installed.ts'

/** Whether the driver renews what is mounted, and where that is said. */
export interface RotationSwitch {
  readonly isOn: boolean
  at(label: string): Evidence
}

/** `--enable-secret-rotation`, which is off by default. https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation */
export function rotationSwitch(driver: Installed): RotationSwitch {
  const argument = driver.argument('enable-secret-rotation')
  const isOn = argument !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(argument.value)
  return { isOn, at: label => (argument === undefined ? driver.image(label) : driver.daemonSet.at(argument.path, label)) }
}

/**
 * Whether the provider describes secrets before the driver renews them: where it rotates, and sends the provider which versions it has.
 * @throws Unread when the driver's version is not told
 */
export const describesSecrets = (driver: Installed | undefined): boolean =>
  driver !== undefined && rotationSwitch(driver).isOn && does(secretsStoreDriver, versionOf(driver), 'sends-mounted-versions')

/** Milliseconds between two looks: `--rotation-poll-interval`, two minutes by default. Undefined: the argument is no duration. */
export function pollInterval(driver: Installed): { readonly milliseconds: number | undefined; at(label: string): Evidence } {
  const argument = driver.argument('rotation-poll-interval')
  return {
    milliseconds: argument === undefined ? 120_000 : durationOf(argument.value),
    at: label => (argument === undefined ? driver.image(`${label}, by default`) : driver.daemonSet.at(argument.path, label)),
  }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's time.ParseDuration, as far as flags of minutes and hours go: `1h30m`. */
export function durationOf(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (units[unit] ?? 0),
    0,
  )
}

/**
 * Since 1.6.0 the kubelet must ask for the volume again and again: `requiresRepublish` of the CSIDriver.
 * @throws Unread when the driver's version is not told
 */
export const isRepublished = (driver: Installed, csiDriver: Resource<'k8s/CSIDriver'>): boolean =>
  !does(secretsStoreDriver, versionOf(driver), 'rotates-by-republish') || csiDriver.body.spec.requiresRepublish === true
