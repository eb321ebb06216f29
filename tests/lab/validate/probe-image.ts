import { join } from 'node:path'
import { buildParts } from '../build/build-all.ts'
import { moduleProgram } from '../build/go.ts'
import type { LabCoordinates } from '../coordinates.ts'
import { importImage, programImage } from '../node/images.ts'

const program = moduleProgram('mortise-probe', new URL('../../../probe/', import.meta.url))
const image = programImage(program)

export const probeImage = image.reference
/** What `mortise validate` runs in pods, in the order of building. */
export const probeParts = [program, image.layer]

/** Builds the program of probe/ and gives it to the node. */
export async function installProbe(lab: LabCoordinates): Promise<void> {
  const { node } = lab
  if (!node) throw new Error('probes run on a node: start the lab with one')
  await buildParts(probeParts, line => void process.stderr.write(`${line}\n`))
  await importImage({
    image,
    directory: join(lab.runDirectory, 'node'),
    log: join(lab.runDirectory, 'log', 'images.log'),
    awsEndpoint: node.awsEndpoint,
  })
}
