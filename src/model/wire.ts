/** An SDK or client type as its API sends it: dates are strings, everything is read-only. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T

/** A policy document, decoded. Its inside is untrusted JSON: only `iam/` looks into it. */
export type PolicyJson = unknown

/** As `Wire`, and the members of these names are policy documents, decoded wherever they stand. */
export type Documented<T, Names extends string> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Documented<Item, Names>[]
    : T extends object
      ? { readonly [Key in keyof T]: Key extends Names ? PolicyJson : Documented<T[Key], Names> }
      : T
