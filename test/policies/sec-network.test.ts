import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { CloudId, ClusterModel, ComponentModel } from '../../lib/model/platform-model.ts';
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
    const wide = { rules: [{ host: '*.example.com' }], tls };
    expect(ingress(wide)).toMatchObject([{ what: expect.stringContaining('any host') }]);
    expect(ingress({ rules: [{ host: 'models.example.com' }], tls, defaultBackend: {} })).toHaveLength(1);
  });

  test('each host of an ingress has a certificate', () => {
    const ingress = (host: string, ...hosts: readonly string[]) =>
      judge(sec021, [object('networking.k8s.io/v1', 'Ingress', { rules: [{ host }], tls: [{ hosts }] })]);
    expect(ingress('a.example.com', 'a.example.com')).toEqual([]);
    expect(ingress('a.example.com', '*.example.com')).toEqual([]);
    expect(ingress('a.b.example.com', '*.example.com')).toHaveLength(1);
    expect(ingress('a.example.com', 'b.example.com')).toMatchObject([
      { what: expect.stringContaining('no TLS for a.example.com') },
    ]);
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

  test('a route names its hosts, or takes all of its listener', () => {
    const route = (...hostnames: readonly string[]) =>
      judge(sec021, [object('gateway.networking.k8s.io/v1', 'HTTPRoute', { hostnames })]);
    expect(route('a.models.example.com')).toEqual([]);
    expect(route('*.models.example.com')).toMatchObject([{ what: expect.stringContaining('any host of') }]);
  });

  test('what charts and operators are told of their Services is judged like a Service', () => {
    const internal = { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' };
    const chart = (service: JsonObject) => {
      const values = { grafana: { service } };
      const reference = { release: 'monitoring', namespace: 'a', repository: 'b', chart: 'c', version: '1' };
      const charts = [{ ...reference, values, skipCrds: true, hooks: false }];
      return sec021.check(examplePlatform({ units: [{ ...exampleUnit(), charts }] })).map(({ what }) => what);
    };
    expect(chart({ type: 'ClusterIP' })).toEqual([]);
    expect(chart({ type: 'LoadBalancer', annotations: internal })).toEqual([]);
    expect(chart({ type: 'LoadBalancer' })).toEqual([
      expect.stringContaining("grafana.service.type of chart 'monitoring'"),
    ]);
    expect(chart({ type: 'NodePort' })).toEqual([expect.stringContaining('every node')]);
    const proxy = { provider: { kubernetes: { envoyService: { type: 'LoadBalancer' } } } };
    expect(judge(sec021, [object('gateway.envoyproxy.io/v1alpha1', 'EnvoyProxy', proxy)])).toHaveLength(1);
  });

  test('Knative serves over TLS alone, from inside', () => {
    const serving = (network: JsonObject, kourier: JsonObject = { enabled: true, 'service-type': 'ClusterIP' }) =>
      judge(sec021, [
        object('operator.knative.dev/v1beta1', 'KnativeServing', { config: { network }, ingress: { kourier } }),
      ]).map(({ what }) => what);
    const secure = { 'external-domain-tls': 'Enabled', 'http-protocol': 'Redirected' };
    expect(serving(secure)).toEqual([]);
    expect(serving({})).toEqual([expect.stringContaining('without TLS')]);
    expect(serving({ 'external-domain-tls': 'Enabled' })).toEqual([expect.stringContaining('also serves without TLS')]);
    expect(serving(secure, { enabled: true })).toEqual([expect.stringContaining('load balancer')]);
  });
});

describe('SEC-021, of callers', () => {
  const service = (mode: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: {
      name: 'assistant',
      namespace: 'vision',
      labels,
      annotations: { 'serving.kserve.io/deploymentMode': mode },
    },
    spec: { predictor: {} },
  });
  const envoy = (type: string): ComponentModel => ({
    id: 'envoy-gateway',
    namespace: 'envoy-gateway-system',
    version: 'v1.9.0',
    installed: false,
    neededBy: [],
    values: { config: { envoyGateway: { envoyProxy: { provider: { kubernetes: { envoyService: { type } } } } } } },
    agents: [],
  });
  const policy = (spec: JsonObject, kind: string, name: string, namespace = 'vision') =>
    object(
      'gateway.envoyproxy.io/v1alpha1',
      'SecurityPolicy',
      { targetRefs: [{ group: 'gateway.networking.k8s.io', kind, name }], ...spec },
      { namespace },
    );
  const keys = { apiKeyAuth: { credentialRefs: [{ name: 'clients' }], extractFrom: [{ headers: ['x-api-key'] }] } };
  const judged = (manifests: readonly Manifest[], ...components: readonly ComponentModel[]) =>
    judge(sec021, manifests, { components }).map(({ outcome }) => outcome);
  const open = envoy('NodePort');
  const standard = service('Standard');
  const onRoutes = (spec: JsonObject) => [
    policy(spec, 'HTTPRoute', 'assistant'),
    policy(spec, 'HTTPRoute', 'assistant-predictor'),
  ];

  test('inside of the cluster they need not say who they are', () => {
    expect(judged([standard], envoy('ClusterIP'))).toEqual([]);
    expect(judged([service('Standard', { 'networking.kserve.io/visibility': 'cluster-local' })], open)).toEqual([]);
  });

  test('from outside they must, on both routes of a service or on the gateway', () => {
    expect(judged([standard], open)).toEqual(['fail']);
    expect(judged([standard, policy(keys, 'HTTPRoute', 'assistant')], open)).toEqual(['fail']);
    expect(judged([standard, ...onRoutes(keys)], open)).toEqual([]);
    expect(judged([standard, policy(keys, 'Gateway', 'kserve-ingress-gateway', 'kserve')], open)).toEqual([]);
  });

  test('a policy of the route stands above that of the gateway', () => {
    const gateway = policy(keys, 'Gateway', 'kserve-ingress-gateway', 'kserve');
    expect(judged([standard, gateway, ...onRoutes({ cors: {} })], open)).toEqual(['fail']);
  });

  test('a token that may be missing tells nothing', () => {
    expect(judged([standard, ...onRoutes({ jwt: { providers: [] } })], open)).toEqual([]);
    expect(judged([standard, ...onRoutes({ jwt: { providers: [], optional: true } })], open)).toEqual(['fail']);
  });

  test("Knative's gateway asks nobody", () => {
    const knative = (type: string) =>
      object('operator.knative.dev/v1beta1', 'KnativeServing', {
        config: { network: { 'external-domain-tls': 'Enabled', 'http-protocol': 'Redirected' } },
        ingress: { kourier: { enabled: true, 'service-type': type } },
      });
    expect(judged([service('Knative'), knative('ClusterIP')])).toEqual([]);
    expect(judged([service('Knative'), knative('NodePort')])).toEqual(['fail', 'fail']);
  });

  test('who reaches a gateway that others run is not known', () => {
    expect(judged([standard])).toEqual(['unknown']);
    expect(judged([standard, ...onRoutes(keys)])).toEqual([]);
  });

  test('an LLMInferenceService with a route is judged, too', () => {
    const llm = object(
      'serving.kserve.io/v1alpha2',
      'LLMInferenceService',
      { router: { route: {} } },
      { name: 'chat' },
    );
    expect(judged([llm], open)).toEqual(['fail']);
    expect(judged([llm, policy(keys, 'HTTPRoute', 'chat-kserve-route')], open)).toEqual([]);
  });
});
