export { writeSnapshot } from '#sources/snapshot/write-snapshot.ts'
