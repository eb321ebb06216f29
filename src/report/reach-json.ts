import { settleText } from '#base/settle.ts'
import { jsonText } from './json-text.ts'
import { evidenceJson, fixJson } from './json.ts'
import type { DrawnPath, Reached, ReachGroup } from './reach.ts'

/** Raised when a reader of the old one could misread the new one. */
export const reachSchemaVersion = 1

/** The same as data, one answer for each port that was asked, as `docs/schemas/reach.schema.json` says. */
export function reachJson(reached: readonly Reached[], options: { readonly version: string }): string {
  const data = {
    schemaVersion: reachSchemaVersion,
    tool: { name: 'mortise', version: options.version },
    reached: reached.map(({ from, to, traffic, verdict, groups }) => ({
      question: { from, to, traffic },
      verdict,
      answers: groups.map(groupJson),
    })),
    problems: reached[0]?.problems ?? [],
  }
  return `${jsonText(data)}\n`
}

function groupJson({ verdict, reason, pairs, from, to, paths, upstream, heal, help, unread }: ReachGroup) {
  const evidence = paths.flatMap(({ hops }) => hops.flatMap(hop => hop.evidence))
  return {
    verdict,
    reason,
    pairs: { count: pairs, from, to },
    paths: paths.map(pathJson),
    ...(upstream === undefined ? {} : { differs: upstream }),
    notRead: unread.map(fact => `${fact.kind}${fact.id === undefined ? '' : ` ${fact.id}`}: ${fact.reason}`),
    settle: [...new Set(unread.flatMap(({ settle }) => (settle === undefined ? [] : [settleText(settle)])))],
    ...(heal === undefined
      ? {}
      : {
          smallestFix: {
            title: heal.title,
            opensPairs: heal.opens,
            ...(heal.fix === undefined ? {} : { fix: fixJson(heal.fix, evidence) }),
          },
        }),
    ...(help === undefined ? {} : { help }),
  }
}

const pathJson = ({ title, verdict, hops }: DrawnPath) => ({
  ...(title === undefined ? {} : { title }),
  verdict,
  layers: hops.map(({ layer, end, name, verdict: says, says: reason, evidence }) => ({
    layer,
    end,
    verdict: says,
    rule: name,
    reason,
    by: evidence.map(evidenceJson),
  })),
})
