import type { Finding } from '#findings/finding.ts'
import type { FilePlace } from '#model/place.ts'
import { placeOf, type Evidence } from '#model/resource.ts'
import { clean } from './characters.ts'
import { changedResource, textEdit, type TextEdit } from './text-edit.ts'

/** A file as a region of it; an API's answer as a logical location, for it is in no file. */
export function evidenceLocation(evidence: Evidence) {
  const place = placeOf(evidence)
  const message = evidence.label === '' ? {} : { message: { text: messageText(evidence.label) } }
  if (place.in === 'file') {
    return { physicalLocation: { artifactLocation: artifactLocation(place.file), region: regionOf(place) }, ...message }
  }
  const { kind, id } = evidence.resource
  return {
    logicalLocations: [{ name: id, fullyQualifiedName: `${place.call} ${place.path}`, kind: 'object', properties: { kind } }],
    ...message,
  }
}

/** A relative path is relative to where the scan ran, which is the root of the repository in CI. */
export function artifactLocation(file: string) {
  const path = file.replaceAll('\\', '/')
  const uri = path.split('/').map(encodeSegment).join('/')
  if (path.startsWith('/')) return { uri: `file://${uri}` }
  return { uri: uri.replace(/^(?:\.\/)+/, ''), uriBaseId: '%SRCROOT%' }
}

const encodeSegment = (segment: string): string => encodeURIComponent(segment.toWellFormed())

const regionOf = ({ line, column, length }: FilePlace) => ({
  startLine: line,
  startColumn: column,
  endLine: line,
  endColumn: column + length,
})

/** A fix that edits files only, each edit one value of one line. Restarts follow from it and are in no file. */
export function sarifFixes({ fix, evidence }: Finding) {
  const changes = (fix?.changes ?? []).filter(change => change.edit.do !== 'restart')
  const edits = changes.flatMap(change => textEdit(change, changedResource(change, evidence)) ?? [])
  if (fix === undefined || edits.length === 0 || edits.length < changes.length) return []
  const artifactChanges = [...Map.groupBy(edits, edit => edit.place.file)].map(([file, inFile]) => ({
    artifactLocation: artifactLocation(file),
    replacements: inFile.map(replacementOf),
  }))
  return [{ description: { text: messageText(fix.title) }, artifactChanges }]
}

const replacementOf = ({ place, text }: TextEdit) => ({ deletedRegion: regionOf(place), insertedContent: { text } })

/** `[text](destination)` in a message is a link to SARIF (section 3.11.6); names from input make none. */
export const messageText = (text: string): string => clean(text).replaceAll('](', '] (')
