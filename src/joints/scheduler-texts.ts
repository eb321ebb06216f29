/** What the scheduler says of a pod that no node takes, as events and the health of add-ons quote it. https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins */
export const noRoom = /nodes are available: [^.]{0,200}(?<what>Insufficient (?:cpu|memory)|Too many pods)/
export const untoleratedTaint = /untolerated taint \{(?<taint>[^}]{1,300})\}/
