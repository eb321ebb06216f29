const words = '(?:passw(?:or)?d|passphrase|pwd|secret|(?:api|access|private|shared|licen[cs]e)[_-]?key|token)'

/** Whether a setting of this name may hold a secret. */
export const isSecretSetting = (name: string): boolean => new RegExp(`${words}$`, 'i').test(name)

/**
 * `HTTP_Passwd x` of Fluent Bit, `api_key = x`, `"password": "x"`: a setting whose name ends so, and its value. Words are bounded, so that a text
 * costs time in proportion to its length.
 */
const settingBy = (separator: string): RegExp =>
  new RegExp(`((?:^|[\\s,{"'])[\\w.-]{0,60}${words}["']?(?:${separator}))("[^"\\n]{1,4096}"|'[^'\\n]{1,4096}'|[^\\s,}"']{1,4096})`, 'gim')
const assigned = '[ \\t]{0,8}[:=][ \\t]{0,8}'
const setting = settingBy(`${assigned}|[ \\t]{1,40}`)
/** Where a line is prose as well: only what is assigned with a colon or an equals sign. */
const assignment = settingBy(assigned)

/** Values that say where a secret is: a file, a variable. */
const elsewhere = /^["']?(?:\/|\$|\|$|>$)/

/** A text of settings (a file in a ConfigMap) with `hidden` in place of the values that are secret by their name. */
export const withoutSecretSettings = (text: string, hidden: string): string => without(setting, text, hidden)

/** A line of a log with `hidden` in place of the values that are secret by their name: `password=x`, and not `fetching secret x`. */
export const withoutSecretAssignments = (text: string, hidden: string): string => without(assignment, text, hidden)

const without = (pattern: RegExp, text: string, hidden: string): string =>
  text.replace(pattern, (whole, name: string, value: string) => {
    if (elsewhere.test(value)) return whole
    const quote = /^["']/.exec(value)?.[0] ?? ''
    return `${name}${quote}${hidden}${quote}`
  })
