import type { Network } from '../network.ts'
import type { Answer, LayerAnswer, PathAnswer, Protocol, Question } from '../question.ts'

/** One layer that denies, and the connection that it denies: of a service, the one to a backend. */
export interface Denial {
  readonly layer: LayerAnswer
  /** All layers of that path. */
  readonly path: PathAnswer
  readonly question: Question
  readonly protocol: Protocol
  /** The port that rules at the destination see. */
  readonly port: number | undefined
  /** The pod that is reached, when it is one. */
  readonly backend?: string
}

/** Every denial of every path that the answer has. */
export function denialsOf(question: Question, answer: Answer): readonly Denial[] {
  const { protocol } = question
  const of = (path: PathAnswer, port: number | undefined, backend?: string): Denial[] =>
    path.layers
      .filter(layer => layer.verdict === 'deny')
      .map(layer => ({ layer, path, question, protocol, port, ...(backend === undefined ? {} : { backend }) }))
  if (answer.backends !== undefined) return answer.backends.flatMap(({ pod, port, answer: path }) => of(path, port, pod))
  if (answer.split !== undefined) return [answer.split.otherNode, answer.split.sameNode].flatMap(path => of(path, question.port))
  return of({ verdict: answer.verdict === 'split' ? 'unknown' : answer.verdict, layers: answer.layers }, question.port)
}

/** How many layers, of all paths, do not let it pass: a denial that becomes a doubt is not lifted. */
export function countObstacles(network: Network, question: Question): number {
  const { backends, split, layers } = network.answer(question)
  const paths = backends?.map(({ answer }) => answer) ?? (split === undefined ? [{ layers }] : [split.otherNode, split.sameNode])
  return paths.flatMap(path => path.layers).filter(({ verdict }) => verdict !== 'allow').length
}
