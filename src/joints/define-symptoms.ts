/**
 * A text by which a broken link shows itself: of an event, of a pod's status, of a component's log, or of an AWS answer.
 */
export interface Symptom {
  /** Unique within the joint: `token-requests-missing`. */
  readonly id: string
  /**
   * What the text holds, anywhere in it. Named groups are the parameters of the cause. Texts are long and hostile: a pattern takes linear time, so
   * what repeats (`\S+`, `[^"]+`) ends at what cannot be part of it, and no two that overlap stand side by side.
   */
  readonly pattern: RegExp
  /** The link of the joint's own chain that it points at. */
  readonly link: string
  /** A sentence. `{name}` stands for the parameter of that name; what the text does not hold is left out by `causeText`. */
  readonly cause: string
  /** Where the text comes from: code that prints it, or a page that quotes it. */
  readonly source: string
  /** The link of another joint that says more: `irsa/trust`. */
  readonly also?: `${string}/${string}`
  /** The text hides what went wrong: a more telling one stands beside it, and where is said here, a sentence. */
  readonly hidden?: string
}

export interface JointSymptoms {
  readonly joint: string
  /** The first that matches decides: those that are more exact stand before those that wrap them. */
  readonly symptoms: readonly Symptom[]
  /** Every pod may show them, one without a chain of the joint too. */
  readonly ofAnyPod?: true
}

export const defineSymptoms = (
  joint: string,
  symptoms: readonly Symptom[],
  options: Pick<JointSymptoms, 'ofAnyPod'> = {},
): JointSymptoms => ({ joint, symptoms, ...options })

/** A symptom that was recognised in a text. */
export interface Recognised {
  readonly joint: string
  readonly symptom: Symptom
  /** What its named groups matched; groups that took no part are not in it. */
  readonly parameters: Readonly<Record<string, string>>
  /** How much of the text the pattern covers, from where: UTF-16 units. */
  readonly index: number
  readonly length: number
}

/** The first symptom of the joint that the text shows. */
export function recognise({ joint, symptoms }: JointSymptoms, text: string): Recognised | undefined {
  for (const symptom of symptoms) {
    const found = symptom.pattern.exec(text)
    if (found === null) continue
    const named = Object.entries(found.groups ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined)
    return { joint, symptom, parameters: Object.fromEntries(named), index: found.index, length: found[0].length }
  }
  return undefined
}

/** The cause with its parameters written in; a parameter that the text does not hold reads as `…`. */
export const causeText = ({ symptom, parameters }: Recognised): string =>
  symptom.cause.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '…')
