export { snapshotParts } from '#sources/snapshot/write-snapshot.ts'
