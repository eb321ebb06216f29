import type { Target } from '#model/change.ts'
import type { Kind, Kinds } from '#model/kinds.ts'

/** A live object, and what the API wants back with a write so that nobody else's is lost: a resourceVersion, when the API has one. */
export interface Live<K extends Kind = Kind> {
  readonly body: Kinds[K]
  readonly version?: string
}

/**
 * Reads and writes the objects of one kind over its API. Every method may throw RemoteError: AccessDenied is final, what is retryable was
 * retried already.
 */
export interface Writer<K extends Kind = Kind> {
  /** A target may go by a planned id: it is then found by the name in it. The object as the API gives it now, or undefined when it does not exist. Only what a write can change need be in it. */
  read(target: Target): Promise<Live<K> | undefined>
  /** Makes the whole object. @throws UserError `CHANGE_CONFLICT` when one of that name exists. */
  create(target: Target, body: Kinds[K]): Promise<void>
  /**
   * Makes the object that was read be `after`, with one call for each part that differs.
   * @throws UserError `CHANGE_CONFLICT` when it was changed in between, or when a part differs that no call can change.
   */
  update(target: Target, before: Live<K>, after: Kinds[K]): Promise<void>
  /** Removes the object that was read. */
  delete(target: Target, before: Live<K>): Promise<void>
  /** Replaces pods, for kinds that own some. */
  restart?(target: Target, pods: readonly string[]): Promise<void>
  /** What a planned id stands for by now, for kinds that AWS names when it makes them: a security group's `GroupId`. */
  idOf?(target: Target): Promise<string | undefined>
  /** Whether the object is ready, when its API answers before it is: an add-on that is being created. */
  isReady?(live: Live<K>): boolean
}

/** The writer of a kind. @throws UserError `NOT_WRITABLE` for kinds that Mortise only reads. */
export type WriterOf = (kind: Kind) => Writer
