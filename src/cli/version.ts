import { readFileSync } from 'node:fs'

/** The version in package.json, which stands two folders up in the sources and in the package alike. */
export function version(): string {
  const facts = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return facts.version
}
