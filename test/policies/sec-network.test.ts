import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { CloudId, ClusterModel } from '../../lib/model/platform-model.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import type { Policy } from '../../lib/policies/policy.ts';
import { sec007 } from '../../lib/policies/sec-007.ts';
import { sec021 } from '../../lib/policies/sec-021.ts';

const judge = (rule: Policy, manifests: readonly Manifest[], changes: Partial<ClusterModel> = {}) =>
  rule.check(examplePlatform({ units: [exampleUnit(...manifests)], ...changes }));
const object = (apiVersion: string, kind: string, spec: JsonObject, metadata: JsonObject = {}): Manifest => ({
  apiVersion,
  kind,
  metadata: { name: 'probe', namespace: 'vision', ...metadata },
  spec,
});

describe('SEC-007', () => {
  const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision' } };
  const policy = (spec: JsonObject, podSelector: JsonObject = {}) =>
    object('networking.k8s.io/v1', 'NetworkPolicy', { podSelector, ...spec });
  const dns: Json = [{ ports: [{ protocol: 'UDP', port: 53 }] }];
  const judged = (...policies: readonly Manifest[]) => judge(sec007, [namespace, ...policies]).map(({ what }) => what);

  test('several policies close it together', () => {
    expect(judged(policy({ policyTypes: ['Ingress'] }), policy({ policyTypes: ['Egress'], egress: dns }))).toEqual([]);
  });

  test('without types a policy closes the way in, and the way out when it has rules for that', () => {
    expect(judged(policy({ egress: dns }))).toEqual([]);
    expect(judged(policy({}))).toEqual([expect.stringContaining('for Egress')]);
  });

  test('a policy for some pods leaves the others open', () => {
    const types = { policyTypes: ['Egress', 'Ingress'], egress: dns };
    expect(judged(policy(types, { matchLabels: { app: 'web' } }))).toEqual([
      expect.stringContaining('Ingress and Egress'),
    ]);
    expect(judged(policy(types, { matchLabels: {} }))).toEqual([]);
  });

  test('a closed network still answers for names', () => {
    expect(judged(policy({ policyTypes: ['Egress', 'Ingress'] }))).toEqual([
      expect.stringContaining('address of a name'),
    ]);
    const tcp = [{ ports: [{ protocol: 'TCP', port: 53 }] }];
    expect(judged(policy({ policyTypes: ['Egress', 'Ingress'], egress: tcp }))).toHaveLength(1);
  });

  test('a namespace that somebody else makes may be closed by others', () => {
    expect(judge(sec007, [])).toMatchObject([{ outcome: 'unknown' }]);
  });
});

describe('SEC-021', () => {
  const service = (spec: JsonObject, annotations: Readonly<Record<string, string>> = {}, id: CloudId = 'aws') =>
    judge(sec021, [object('v1', 'Service', spec, { annotations })], { cloud: { id, settings: {} } });
  const balanced = { type: 'LoadBalancer' };

  test('a port of every node is open', () => {
    expect(service({ type: 'NodePort' })).toMatchObject([{ outcome: 'fail' }]);
    expect(service({})).toEqual([]);
  });

  test.each([
    ['aws', 'service.beta.kubernetes.io/aws-load-balancer-scheme', 'internal'],
    ['azure', 'service.beta.kubernetes.io/azure-load-balancer-internal', 'true'],
    ['gcp', 'networking.gke.io/load-balancer-type', 'Internal'],
    ['alibaba', 'service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type', 'intranet'],
  ] as const)('on %s %s keeps a load balancer inside', (cloud, key, value) => {
    expect(service(balanced, { [key]: value }, cloud)).toEqual([]);
    expect(service(balanced, {}, cloud)).toMatchObject([{ outcome: 'fail', fix: expect.stringContaining(key) }]);
  });

  test('addresses that are listed may come in, unless all are', () => {
    expect(service({ ...balanced, loadBalancerSourceRanges: ['192.0.2.0/24'] })).toEqual([]);
    expect(service({ ...balanced, loadBalancerSourceRanges: ['192.0.2.0/24', '0.0.0.0/0'] })).toHaveLength(1);
  });

  test('where a load balancer of a cluster of one’s own can be reached from is not known', () => {
    expect(service(balanced, {}, 'existing')).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('an ingress has hosts and TLS', () => {
    const ingress = (spec: JsonObject) => judge(sec021, [object('networking.k8s.io/v1', 'Ingress', spec)]);
    const tls = [{ secretName: 'certificate' }];
    expect(ingress({ rules: [{ host: 'models.example.com' }], tls })).toEqual([]);
    expect(ingress({ rules: [{ host: 'models.example.com' }] })).toMatchObject([
      { what: expect.stringContaining('no TLS') },
    ]);
    expect(ingress({ rules: [{}], tls })).toMatchObject([{ what: expect.stringContaining('any host') }]);
    expect(ingress({ tls })).toMatchObject([{ what: expect.stringContaining('any host') }]);
  });

  test('a gateway listens over TLS, for named hosts', () => {
    const gateway = (listener: JsonObject) =>
      judge(sec021, [object('gateway.networking.k8s.io/v1', 'Gateway', { listeners: [listener] })]).map(
        ({ what }) => what,
      );
    expect(gateway({ name: 'a', protocol: 'HTTPS', hostname: '*.models.example.com' })).toEqual([]);
    expect(gateway({ name: 'a', protocol: 'TLS' })).toEqual([]);
    expect(gateway({ name: 'a', protocol: 'HTTP', hostname: 'a.example.com' })).toEqual([
      expect.stringContaining('speaks HTTP'),
    ]);
    expect(gateway({ name: 'a', protocol: 'HTTPS' })).toEqual([expect.stringContaining('any host')]);
  });
});
