import type { Part } from '../build/part.ts'
import { otherImages, pauseImage } from './images.ts'
import { coreDns, kubelet, kubeProxy, nodePackages, pause, scheduler } from './programs.ts'

const programs: readonly Part[] = [nodePackages, pause, kubelet, scheduler, kubeProxy, coreDns]

/** What a node needs beyond a control plane, in the order of building: images are made of what comes before them. */
export const nodeParts: readonly Part[] = [...programs, ...[pauseImage, ...otherImages].map(image => image.layer)]
