import { withoutSecretAssignments } from '#base/secret-settings.ts'
import { maskSecrets } from '#base/secret-shapes.ts'
import { recognised } from './symptoms.ts'

/** How lines tell of errors whatever wrote them. */
const errorLine =
  /\b(?:err(?:or)?|errno|fail(?:ed|ure|s)?|denied|refused|forbidden|unauthori[sz]ed|invalid|expired|timed? ?out|cannot|unable|exception|panic|fatal|warn(?:ing)?)\b/i

/** Of one container, newest lines first. */
const most = { lines: 500, characters: 256 * 1024, inLine: 2000 }

/** The lines of a log that tell of errors, at most so many of the last ones, with what looks like a secret hidden; the rest is nobody's business. */
export function tellingLines(text: string): readonly string[] {
  const kept: string[] = []
  let room = most.characters
  for (const line of text.split('\n').toReversed()) {
    if (kept.length >= most.lines || room <= 0) break
    const cut = line.slice(0, most.inLine)
    const isKnown = recognised(cut).length > 0
    if (!isKnown && !errorLine.test(cut)) continue
    const shown = isKnown ? hiddenIn(cut) : hide(cut)
    kept.push(shown)
    room -= shown.length
  }
  return kept.toReversed()
}

const hide = (line: string): string => withoutSecretAssignments(maskSecrets(line), '(redacted)')

/** Where hiding would take away what the text is known by (`token: permission denied`), the known part alone is kept: it is made of known words. */
function hiddenIn(line: string): string {
  const hidden = hide(line)
  const [before] = recognised(line)
  const [after] = recognised(hidden)
  if (before === undefined || (after?.symptom === before.symptom && after.joint === before.joint)) return hidden
  return maskSecrets(line.slice(before.index, before.index + before.length))
}
