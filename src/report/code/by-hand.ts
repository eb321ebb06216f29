import { pathText } from '#model/place.ts'
import { yamlLines } from '../yaml-lines.ts'
import type { EditedObject } from './edited.ts'

/** What code cannot declare apart from the object that it stands in: a remark that says what to change where that is declared. */
export function byHandText({ target, titles, steps }: EditedObject, mark: string): string {
  const lines = steps.flatMap(({ change: { edit } }) => {
    if (edit.do === 'set') return [`set ${pathText(edit.path)}:`, ...yamlLines(edit.after).map(line => `  ${line}`)]
    if (edit.do === 'remove') return [`remove ${pathText(edit.path)}`]
    return edit.do === 'delete' ? ['remove it'] : []
  })
  return [
    ...titles.map(title => `${mark} ${title}`),
    `${mark} To change where ${target.kind} ${target.id} is declared:`,
    ...lines.map(line => `${mark}   ${line}`),
  ].join('\n')
}

export const headText = (mark: string, lines: readonly string[]): string =>
  ['Made by mortise plan: review it, then apply it as you apply the rest of your code.', ...lines].map(line => `${mark} ${line}`).join('\n')
