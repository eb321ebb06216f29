import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recognised } from './symptoms.ts'

/** Texts as users see them, by where they come from, and the symptoms that each shows: `joint/symptom`. */
interface Source {
  /** The code or the page that has the text; or on what it was recorded. */
  readonly source: string
  readonly texts: Readonly<Record<string, readonly string[]>>
}

const sources = JSON.parse(readFileSync(new URL('symptom-texts.json', import.meta.url), 'utf8')) as readonly Source[]

describe.each(sources)('what $source says', ({ texts }) => {
  it.each(Object.entries(texts))('%s', (text, symptoms) => {
    const shown = recognised(text).map(({ joint, symptom }) => `${joint}/${symptom.id}`)
    if (symptoms.length === 0) expect(shown).toEqual([])
    else expect(shown).toEqual(expect.arrayContaining([...symptoms]))
  })
})
