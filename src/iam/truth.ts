/** Three-valued logic (Kleene): what a policy says may depend on something nobody read. Numbers, because a decision takes under a microsecond. */
export const NO = 0
export const YES = 1
export const UNSURE = 2
export type Truth = typeof NO | typeof YES | typeof UNSURE

export function and(a: Truth, b: Truth): Truth {
  if (a === NO || b === NO) return NO
  return a === YES && b === YES ? YES : UNSURE
}

export function or(a: Truth, b: Truth): Truth {
  if (a === YES || b === YES) return YES
  return a === NO && b === NO ? NO : UNSURE
}

export function not(a: Truth): Truth {
  if (a === UNSURE) return UNSURE
  return a === YES ? NO : YES
}
