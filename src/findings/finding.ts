import { createHash } from 'node:crypto'
import { subjectKey, subjectText } from '#joints/define.ts'
import type { JointRun, Result } from '#joints/run.ts'
import type { Evidence } from '#model/resource.ts'
import { placeOf } from '#model/resource.ts'
import { severities, type Fix, type Severity } from '#model/verdict.ts'
import { compare } from '#model/world.ts'

/** A `fail`, with all that a report needs to show it and all that lets it be recognised again. */
export interface Finding {
  /** 32 hex digits of SHA-256 over check, subject and key: the same wherever the lines move. */
  readonly fingerprint: string
  readonly check: { readonly id: string; readonly title: string; readonly sources: readonly string[] }
  readonly joint: string
  readonly severity: Severity
  readonly subject: { readonly key: string; readonly text: string }
  readonly message: string
  /** The first is the primary place. */
  readonly evidence: readonly [Evidence, ...Evidence[]]
  readonly effect: string
  readonly fix?: Fix
  readonly help?: string
  /** Workloads that it breaks, when the subject is not itself one: `deploy/reader in payments`. */
  readonly workloads: readonly string[]
}

/** Every fail of these runs, most severe first, then by place. */
export function findingsOf(runs: readonly JointRun[]): readonly Finding[] {
  const told = breaksIn(runs)
  const findings = onceEach(runs.flatMap(run => run.results.filter(result => tellerOf(result, told) === undefined).flatMap(toFinding)))
  const order = new Map(findings.map(finding => [finding, orderKey(finding)]))
  return findings.sort((a, b) => compare(order.get(a) ?? '', order.get(b) ?? ''))
}

/** The links at which the chains of workloads, and of service accounts that none uses, break, as `breakKey` writes them. */
export const breaksIn = (runs: readonly JointRun[]): ReadonlySet<string> =>
  new Set(
    runs.flatMap(({ chains }) =>
      chains.flatMap(({ joint, links, start }) => {
        const broken = links.find(link => link.verdict.is === 'fail')
        const own = start.workload ?? start.serviceAccount
        return broken === undefined || own === undefined ? [] : breakKey(`${joint}/${broken.id}`, subjectKey(own))
      }),
    ),
  )

const breakKey = (link: string, key: string): string => `${link}\n${key}`

/** The link of another joint that breaks for the same reason and has the finding. */
export const tellerOf = ({ subject, verdict }: Pick<Result, 'subject' | 'verdict'>, breaks: ReadonlySet<string>): string | undefined =>
  verdict.is === 'fail'
    ? verdict.toldBy?.find(link => [subjectKey(subject), ...(verdict.toldOf ?? [])].some(key => breaks.has(breakKey(link, key))))
    : undefined

/** A check on chains of several joints speaks once, of the workloads of all. */
function onceEach(findings: readonly Finding[]): Finding[] {
  const same = Map.groupBy(findings, finding => finding.fingerprint)
  return [...same.values()].flatMap(([first, ...others]) => {
    if (first === undefined || others.length === 0) return first ?? []
    const workloads = [first, ...others].flatMap(finding => finding.workloads)
    return { ...first, workloads: [...new Set(workloads)].sort(compare) }
  })
}

function toFinding(result: Result): Finding[] {
  const { check, subject, verdict } = result
  if (verdict.is !== 'fail') return []
  const key = subjectKey(subject)
  return [
    {
      fingerprint: fingerprint(check.id, key, verdict.key ?? ''),
      check: { id: check.id, title: check.title, sources: check.sources },
      joint: result.joint,
      severity: verdict.severity ?? check.severity,
      subject: { key, text: subjectText(subject) },
      message: verdict.message,
      evidence: verdict.evidence,
      effect: verdict.effect,
      ...(verdict.fix === undefined ? {} : { fix: verdict.fix }),
      ...(verdict.help === undefined ? {} : { help: verdict.help }),
      workloads: [...new Set(result.witnesses.map(subjectText))].sort(compare),
    },
  ]
}

export const fingerprint = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32)

function orderKey(finding: Finding): string {
  const place = placeOf(finding.evidence[0])
  const where = place.in === 'file' ? `${place.file}\n${pad(place.line)}\n${pad(place.column)}` : `${place.call}\n${place.path}`
  return `${severities.indexOf(finding.severity)}\n${where}\n${finding.check.id}\n${finding.subject.key}`
}

const pad = (count: number): string => String(count).padStart(9, '0')
