import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apply, deployment } from '../irsa/workloads.ts'
import { nodePackages } from '../node/programs.ts'
import { run } from '../process/run.ts'
import { describeNode } from '../shared-lab.ts'
import { installProbe } from './probe-image.ts'
import { restrictedNamespace } from './restricted-namespace.ts'
import { remains, validated, validateOn, type ReportedResult } from './run-validate.ts'

const namespace = 'validate-network'

/** An engine that enforces the published semantics, as far as its DaemonSet tells: it runs nowhere. */
const engine = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'calico-node', namespace: 'kube-system' },
  spec: {
    selector: { matchLabels: { app: 'calico-node' } },
    template: {
      metadata: { labels: { app: 'calico-node' } },
      spec: { nodeSelector: { 'lab/has-engine': 'true' }, containers: [{ name: 'calico-node', image: 'docker.io/calico/node:v3.30.0' }] },
    },
  },
}

/** Only web may reach api, and only by TCP 80. */
const policy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'api-in', namespace },
  spec: {
    podSelector: { matchLabels: { app: 'api' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 80, protocol: 'TCP' }] }],
  },
}

describeNode('validate of flows between pods', lab => {
  const nft = (...args: string[]) =>
    run(['nsenter', '--target', String(lab.node.namespacesOf), '--net', '--', join(nodePackages.folder, 'usr/sbin/nft'), ...args], {
      env: { LD_LIBRARY_PATH: join(nodePackages.folder, 'usr/lib/x86_64-linux-gnu') },
    })
  const ofWeb = ['deploy/web', '-n', namespace, '--joint', 'network-policy']

  beforeAll(async () => {
    await installProbe(lab)
    await apply(lab, [
      restrictedNamespace(namespace),
      deployment(namespace, 'web', 'default', {}, 0),
      deployment(namespace, 'api', 'default', { container: { ports: [{ containerPort: 80 }] } }, 0),
      policy,
    ])
  })
  afterAll(() => lab.kubectl('delete', 'namespace', namespace, '--wait=false'))

  /** `predicted seen state` of each, but of DNS apart. */
  const summed = (results: readonly ReportedResult[] = []) =>
    Object.fromEntries(results.map(({ id, predicted, observed, state }) => [id, `${predicted.is} ${observed.is} ${state}`]))

  test('where nothing enforces policies the engine says so, and everything gets through', async () => {
    const report = await validated(lab, ofWeb)
    const [probe] = report.probes
    expect(summed(probe?.results)).toEqual({
      'dns-udp': 'yes yes right',
      'dns-tcp': 'yes yes right',
      'tcp-80-server-1-same-node': 'yes yes right',
      'udp-80-server-1-same-node': 'yes yes right',
      'tcp-81-server-1-same-node': 'yes yes right',
    })
    expect(probe?.results[2]?.predicted.because).toContain('nothing enforces NetworkPolicies in this cluster')
    expect(report.untried).toEqual([
      {
        joint: 'network-policy',
        subject: `deploy/web in ${namespace}`,
        why: 'flows between two nodes: pods can be put on one node only',
      },
    ])
    expect(await remains(lab)).toBe('')
  })

  describe('with an engine', () => {
    beforeAll(() => apply(lab, [engine]))
    afterAll(() => lab.kubectl('delete', 'daemonset', 'calico-node', '-n', 'kube-system'))

    test('that drops what the policy does not allow, both agree on what is let through and what is not', async () => {
      await nft('add', 'table', 'inet', 'enforcer')
      await nft('add', 'chain', 'inet', 'enforcer', 'forwarded', '{ type filter hook forward priority 0; }')
      await nft('add', 'rule', 'inet', 'enforcer', 'forwarded', 'tcp', 'dport', '81', 'drop')
      await nft('add', 'rule', 'inet', 'enforcer', 'forwarded', 'udp', 'dport', '80', 'drop')
      try {
        const [probe] = (await validated(lab, ofWeb)).probes
        expect(summed(probe?.results)).toMatchObject({
          'tcp-80-server-1-same-node': 'yes yes right',
          'udp-80-server-1-same-node': 'no no right',
          'tcp-81-server-1-same-node': 'no no right',
        })
      } finally {
        await nft('delete', 'table', 'inet', 'enforcer')
      }
    })

    test('that does not do its work, the difference is the finding', async () => {
      const ran = await validateOn(lab, ofWeb)
      expect(ran).toMatchObject({ code: 1, stderr: '' })
      expect(ran.stdout).toContain(`deploy/web in ${namespace} · network-policy · the engine and the cluster differ`)
      expect(ran.stdout).toContain(`≠ TCP 81 reaches deploy/api in ${namespace}, on one node`)
      expect(ran.stdout.replaceAll(/\s+/g, ' ')).toContain('2 differ')
    })
  })
})
