import type { UnreadFact } from '#base/errors.ts'
import type { Clue } from '#joints/clues.ts'
import type { Evidence } from '#model/resource.ts'
import type { Finding } from './finding.ts'

/** The part of a chain that something is said of: `irsa`, `trust`. */
export interface Part {
  readonly joint: string
  /** The id and the title of the link, or of the check where one alone was asked. */
  readonly id: string
  readonly title: string
}

/** The broken link, with the finding of the check that says so. */
export interface Cause extends Part {
  readonly finding: Finding
}

/** What cannot be the cause, and what shows it. */
export interface RuledOut extends Part {
  /** `the role is gone`. */
  readonly what: string
  readonly evidence?: Evidence
}

/** What might be the cause, and the one read that would tell. */
export interface Open extends Part {
  readonly what: string
  readonly fact: UnreadFact
}

export type { Clue }

/** The text that is followed, and what it shows. */
export interface Followed {
  readonly clue: Clue
  readonly joint: string
  /** The symptom and the link that it points at. */
  readonly symptom: string
  readonly link: string
  /** A sentence, with what the text says written in. */
  readonly means: string
  readonly parameters: Readonly<Record<string, string>>
  /** Where such texts come from. */
  readonly source: string
  /** The tree that it opens, in words: `a secret is not mounted`. */
  readonly sees?: string
  /** Where a more telling text stands, when this one hides its cause. */
  readonly hidden?: string
}

/**
 * The answer of a diagnosis.
 * `cause`: one link is broken and explains what is seen.
 * `told`: the text itself says what is wrong; what was read of that link does not show it (any more), or cannot.
 * `undecided`: something was not read that would decide, or the text hides what went wrong.
 * `unknown-text`: the text that was given is not known.
 * `well`: nothing is broken and no text tells of a fault.
 */
export type Answer = 'cause' | 'told' | 'undecided' | 'unknown-text' | 'well'

export interface Diagnosis {
  /** `deploy/reader in payments`; absent without a workload. */
  readonly subject?: string
  readonly answer: Answer
  readonly followed?: Followed
  readonly cause?: Cause
  /** In the order in which they were asked. */
  readonly ruledOut: readonly RuledOut[]
  /** What was not read, in the order in which it was asked; the first would decide. */
  readonly open: readonly Open[]
  /** Breaks that do not explain what is seen. */
  readonly alsoBroken: readonly Finding[]
  /** Texts that tell of a fault and that nobody knows, and those that tell of one that is past. */
  readonly unknownTexts: readonly Clue[]
  readonly past: readonly Clue[]
}
