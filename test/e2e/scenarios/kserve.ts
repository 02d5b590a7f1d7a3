import assert from 'node:assert/strict';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import type { KubernetesObject } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { applyUnits, exampleCluster, nodesOf } from '../examples.ts';
import { findKserve, kserveValues, noKserve, startKserve } from '../kserve.ts';
import type { Scenario } from '../scenario.ts';
import { waitFor } from '../waiting.ts';

export const scenario: Scenario = {
  name: 'kserve',
  limits: [
    "KServe's controller runs with the rights of an administrator, beside the cluster, with a configuration that the lane makes from our values as the chart does: the chart's own RBAC rules and Deployment are not exercised.",
    'Nothing serves: model servers, Envoy Gateway and Knative are not run, so a route is created and never attached, and a Knative Service is created and never becomes a pod.',
  ],
  async run({ startCluster, prove, notRun }) {
    const kserve = findKserve();
    if (kserve === undefined) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'kserve-controller-manager', noKserve);
      return;
    }
    const platform = await exampleCluster('llm-serving');
    const cluster = await startCluster();
    await startKserve(cluster, kserve, kserveValues(platform));
    await cluster.createNodes(nodesOf(platform, 3));
    const isNeeded = (id: string) => /^(tenant|runtime)-/.test(id);
    await applyUnits(
      cluster,
      platform.units.filter(({ id }) => isNeeded(id)),
    );
    for (const [claim, proof] of Object.entries(proofs)) await prove(claim, kserve, () => proof(cluster, platform));
  },
};

const proofs: Readonly<Record<string, (cluster: Cluster, platform: ClusterModel) => Promise<string>>> = {
  'KServe admits every service of the example and fills in nothing, so that no GitOps controller sees a difference':
    async ({ api }, platform) => {
      const services = objectsOf(platform, 'InferenceService');
      for (const service of services) {
        const stored = await api.dryRun(service as KubernetesObject);
        assert.deepEqual(stored['spec'], service['spec']);
        assert.deepEqual(stored.metadata['annotations'], service.metadata.annotations);
      }
      return `${services.length} services`;
    },
  'each service of the example in mode standard becomes a Deployment, a Service, an autoscaler and a route': async (
    cluster,
    platform,
  ) => {
    await applyUnits(cluster, servicesUnits(platform));
    const figures: string[] = [];
    for (const service of platform.services.filter(({ mode }) => mode === 'standard')) {
      const { name, namespace, scale, canary } = service;
      const predictors = [`${name}-predictor`, ...(canary === undefined ? [] : [`${name}-${canary.name}-predictor`])];
      for (const predictor of predictors) {
        for (const [apiVersion, kind] of MADE) {
          const ref = { apiVersion, kind, metadata: { name: predictor, namespace } };
          await waitFor(`${kind} ${predictor}`, () => cluster.api.get(ref));
        }
      }
      const scaler = await cluster.api.get({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: `${name}-predictor`, namespace },
      });
      assert.equal(at(scaler as JsonObject, 'spec', 'maxReplicas'), scale.max);
      // With a canary the route is ours, otherwise KServe's.
      const route = await waitFor(`the route of ${name}`, () =>
        cluster.api.get<JsonObject & KubernetesObject>({
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'HTTPRoute',
          metadata: { name, namespace },
        }),
      );
      const backends = objectsIn(at(route, 'spec', 'rules', 0, 'backendRefs'));
      assert.deepEqual(
        backends.map((backend) => backend['name']),
        predictors,
      );
      const weights = backends.map((backend) => `${backend['name']} ${backend['weight']}`);
      figures.push(`${name}: ${weights.join(', ')}`);
    }
    return figures.join('; ');
  },
  'the pods of each service are bound to nodes of its pool, with what they ask of it, in a restricted namespace':
    async (cluster, platform) => {
      const figures: string[] = [];
      for (const { name, namespace, pool, scale, canary } of platform.services.filter(
        ({ mode }) => mode === 'standard',
      )) {
        const selector = `serving.kserve.io/inferenceservice=${name}`;
        // KServe takes the replicas of the canary off the fewest stable ones.
        const expected = Math.max(1, scale.min - (canary?.replicas ?? 0)) + (canary?.replicas ?? 0);
        const pods = await waitFor(`${expected} bound pods of ${name}`, async () => {
          const bound = (await cluster.pods(namespace, selector)).filter(({ node }) => node !== undefined);
          return bound.length === expected && bound;
        });
        for (const { node } of pods) assert.match(node ?? '', new RegExp(`^${pool}-\\d+$`));
        figures.push(`${name}: ${pods.length} pods on ${[...new Set(pods.map(({ node }) => node))].sort().join(', ')}`);
      }
      return figures.join('; ');
    },
  'a service in mode knative becomes a Knative Service that may go down to nothing': async ({ api }, platform) => {
    const service = platform.services.find(({ mode }) => mode === 'knative');
    assert(service, 'the example has one');
    const { name, namespace, loadSeconds } = service;
    const made = await waitFor(`the Knative Service of ${name}`, () =>
      api.get<JsonObject & KubernetesObject>({
        apiVersion: 'serving.knative.dev/v1',
        kind: 'Service',
        metadata: { name: `${name}-predictor`, namespace },
      }),
    );
    const annotations = at(made, 'spec', 'template', 'metadata', 'annotations') as JsonObject;
    assert.equal(annotations['autoscaling.knative.dev/min-scale'], '0');
    assert.equal(annotations['autoscaling.knative.dev/max-scale'], String(service.scale.max));
    assert.equal(annotations['autoscaling.knative.dev/target'], String(service.scale.concurrency));
    assert.equal(annotations['serving.knative.dev/progress-deadline'], `${loadSeconds + 600}s`);
    return `${name}: from 0 to ${service.scale.max} replicas, ${service.scale.concurrency} requests at a time`;
  },
};

/** What KServe makes of each predictor. */
const MADE = [
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
] as const;

function servicesUnits(platform: ClusterModel) {
  return (
    platform.units
      .filter(({ id }) => id.startsWith('service-'))
      // The addresses of models that only a deployment knows play no part here.
      .map((unit) => JSON.parse(JSON.stringify(unit).replaceAll(/\[\[ref:[^\]]+\]\]/g, 'models')) as typeof unit)
  );
}

function objectsOf(platform: ClusterModel, kind: string): readonly Manifest[] {
  return platform.units
    .flatMap((unit) => unit.objects.map(({ manifest }) => manifest))
    .filter((manifest) => manifest.kind === kind);
}
