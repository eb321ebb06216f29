import type { Outcome } from './ask.ts'
import type { Refused } from './gathering.ts'

/** Every item, or those of the pages before the call was refused. */
export interface Pages<Item> {
  readonly items: readonly Item[]
  readonly refused?: Refused
}

/** Follows the pages of a list to its end. What the list is about may not exist, and then has no items. */
export async function allPages<Page, Item>(
  next: (token: string | undefined) => Promise<Outcome<Page>>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  tokenOf: (page: Page) => string | undefined,
): Promise<Pages<Item>> {
  const items: Item[] = []
  let token: string | undefined
  do {
    const page: Outcome<Page> = await next(token)
    if (page.is === 'missing') return { items }
    if (page.is !== 'ok') return { items, refused: page }
    items.push(...(itemsOf(page.value) ?? []))
    token = tokenOf(page.value)
  } while (token !== undefined && token !== '')
  return { items }
}
