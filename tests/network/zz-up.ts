import { testInput } from './policy-input.ts'
import { compilePolicies } from '#network/compile-policies.ts'
const w = {"pods":{"shop/web-a2":{"labels":{"app":"api"},"node":"node-1"},"shop/web-a1":{"labels":{"app":"web"},"node":"node-2"}},"policies":{"shop/one":{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Ingress"],"ingress":[{"from":[],"ports":[]}],"egress":[]}}} as any
const layer = compilePolicies(testInput({...w, engine:'aws-vpc-cni'}))
const u = layer.update({"kind":"k8s/NetworkPolicy","id":"shop/one","after":{"metadata":{"namespace":"shop","name":"one"},"spec":{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Egress"],"ingress":[],"egress":[]}}} as any)
for (const l of [layer,u.layer]) for (const d of ['ingress','egress'] as const) console.log(d, l.classes.map(c=>[c.id,c.pods,[...l.matrix.allowed(d,c.id,0)],[...(l.matrix.unknown(d,c.id,0)??[])]]))
console.log(u.everything,u.rows)
