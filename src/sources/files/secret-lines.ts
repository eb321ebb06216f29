import type { InputProblem } from '#model/input-problem.ts'
import type { Origin } from '#model/place.ts'

const namesSecret = /["']?\bkind["']?\s{0,8}:\s{0,8}["']?Secret(?:List)?\b/

/** The problems of a document without the lines that they quote, when it holds a Secret: any line may be a value. */
export function quietProblems<P extends readonly InputProblem[]>(problems: P, text: () => string): P {
  return problems.length > 0 && namesSecret.test(text()) ? (problems.map(quiet) as unknown as P) : problems
}

export function quiet({ text: _, ...problem }: InputProblem): InputProblem {
  return problem
}

/** The places of a Secret's metadata. A line may go on with what the Secret holds, so what follows a bracket or comma is stars. */
export function quietOrigin(origin: Origin): Origin {
  return {
    locate(path, spot, inner) {
      const place = origin.locate(path, spot, inner)
      if (place.in !== 'file') return place
      const { above: _, ...rest } = place
      return {
        ...rest,
        text: place.text.replace(/([{},])(.*)$/s, (_whole, bracket: string, after: string) => bracket + '*'.repeat(after.length)),
      }
    },
  }
}
