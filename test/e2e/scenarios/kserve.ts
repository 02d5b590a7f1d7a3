import assert from 'node:assert/strict';
import { at, type JsonObject, objectsIn } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel, DatasetModel } from '../../../lib/model/platform-model.ts';
import type { KubernetesObject } from '../api-client.ts';
import type { Cluster } from '../cluster.ts';
import { applyUnits, type ExampleCluster, exampleClusters, nodesOf } from '../examples.ts';
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
    const examples = (await exampleClusters()).filter(({ model }) => model.services.length > 0);
    const kserve = findKserve();
    for (const example of examples) {
      const proofs = Object.entries(proofsOf(example));
      if (kserve === undefined) {
        for (const [claim] of proofs) notRun(claim, 'kserve-controller-manager', noKserve);
        continue;
      }
      const { model } = example;
      const cluster = await startCluster();
      await startKserve(cluster, kserve, kserveValues(model));
      await cluster.createNodes(nodesOf(model, 3));
      // A tenant of racks has networks of Multus, whose kind Network Operator brings.
      await applyUnits(cluster, unitsNamed(model, /^(network-operator-crds$|tenant-|runtime-|fetcher-|dataset-)/));
      for (const dataset of model.datasets) await cluster.api.applyServerSide(volumeOf(dataset));
      for (const [claim, proof] of proofs) await prove(claim, kserve, () => proof(cluster, model));
      await cluster.stop();
    }
  },
};

/** The volume that the driver would make for the claim of a dataset: no pod is bound before its claims are. */
function volumeOf({ name, namespace, storageClass, capacityGiB }: DatasetModel): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${namespace}-${name}` },
    spec: {
      capacity: { storage: `${capacityGiB}Gi` },
      accessModes: ['ReadWriteMany'],
      storageClassName: storageClass,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
      csi: { driver: 'csi.juicefs.com', volumeHandle: `${namespace}-${name}` },
    },
  };
}

type Proof = (cluster: Cluster, model: ClusterModel) => Promise<string>;

function proofsOf({ name, model }: ExampleCluster): Readonly<Record<string, Proof>> {
  return {
    [`KServe admits every service of ${name} and fills in nothing, so that no GitOps controller sees a difference`]:
      fillsInNothing,
    [`each service of ${name} in mode standard becomes a Deployment, a Service, an autoscaler and a route`]:
      isReconciled,
    [`the pods of each service of ${name} are bound to nodes of its pool, with the devices that it takes, in a restricted namespace`]:
      isBound,
    ...(objectsOf(model, 'SecurityPolicy').length > 0
      ? { [`no route to a service of ${name} with callers is without the policy that asks them`]: asksOnEveryRoute }
      : {}),
    ...(model.services.some(({ mode }) => mode === 'knative')
      ? { [`a service of ${name} in mode knative becomes a Knative Service that may go down to nothing`]: isKnative }
      : {}),
  };
}

async function fillsInNothing({ api }: Cluster, model: ClusterModel): Promise<string> {
  const services = objectsOf(model, 'InferenceService');
  for (const service of services) {
    const stored = await api.dryRun(service as KubernetesObject);
    assert.deepEqual(stored['spec'], service['spec']);
    assert.deepEqual(stored.metadata['annotations'], service.metadata.annotations);
  }
  return `${services.length} services`;
}

async function isReconciled(cluster: Cluster, model: ClusterModel): Promise<string> {
  await applyUnits(cluster, unitsNamed(model, /^service-/));
  const figures: string[] = [];
  for (const service of standardServices(model)) {
    const { name, namespace, scale, canary } = service;
    const predictors = [`${name}-predictor`, ...(canary === undefined ? [] : [`${name}-${canary.name}-predictor`])];
    for (const predictor of predictors) {
      for (const [apiVersion, kind] of MADE) await made(cluster, apiVersion, kind, predictor, namespace);
    }
    const scaler = await made(cluster, 'autoscaling/v2', 'HorizontalPodAutoscaler', `${name}-predictor`, namespace);
    assert.equal(at(scaler, 'spec', 'maxReplicas'), scale.max);
    // With a canary the route is ours, otherwise KServe's.
    const route = await made(cluster, 'gateway.networking.k8s.io/v1', 'HTTPRoute', name, namespace);
    const backends = objectsIn(at(route, 'spec', 'rules', 0, 'backendRefs'));
    assert.deepEqual(
      backends.map((backend) => backend['name']),
      predictors,
    );
    const weights = backends.map((backend) => `${backend['name']} ${backend['weight']}`);
    figures.push(`${name}: ${weights.join(', ')}`);
  }
  return figures.join('; ');
}

async function asksOnEveryRoute({ api }: Cluster, model: ClusterModel): Promise<string> {
  const figures: string[] = [];
  for (const { metadata, spec } of objectsOf(model, 'SecurityPolicy')) {
    const targets = objectsIn(at(spec, 'targetRefs')).map((target) => String(target['name']));
    const [service] = targets;
    const namespace = metadata.namespace ?? 'default';
    const all = await api.list('gateway.networking.k8s.io/v1', 'HTTPRoute', { namespace });
    const routes = all
      .map((route) => route.metadata.name)
      .filter((name) => name === service || name.startsWith(`${service}-`));
    assert.deepEqual(routes.sort(), targets.sort());
    figures.push(`${metadata.name}: ${routes.join(', ')}`);
  }
  return figures.join('; ');
}

async function isBound(cluster: Cluster, model: ClusterModel): Promise<string> {
  const figures: string[] = [];
  for (const { name, namespace, pool, scale, canary, perReplica } of standardServices(model)) {
    const deployment = await made(cluster, 'apps/v1', 'Deployment', `${name}-predictor`, namespace);
    const limits = at(deployment, 'spec', 'template', 'spec', 'containers', 0, 'resources', 'limits');
    for (const [device, count] of Object.entries(perReplica.devices)) assert.equal(at(limits, device), String(count));
    // KServe takes the replicas of the canary off the fewest stable ones.
    const expected = Math.max(1, scale.min - (canary?.replicas ?? 0)) + (canary?.replicas ?? 0);
    const pods = await waitFor(`${expected} bound pods of ${name}`, async () => {
      const all = await cluster.pods(namespace, `serving.kserve.io/inferenceservice=${name}`);
      const bound = all.filter(({ node }) => node !== undefined);
      return bound.length === expected && bound;
    });
    for (const { node } of pods) assert.match(node ?? '', new RegExp(`^${pool}-\\d+$`));
    const nodes = [...new Set(pods.map(({ node }) => node))].sort().join(', ');
    figures.push(`${name}: ${pods.length} pods with ${Object.keys(perReplica.devices).join(', ')} on ${nodes}`);
  }
  return figures.join('; ');
}

async function isKnative(cluster: Cluster, model: ClusterModel): Promise<string> {
  const service = model.services.find(({ mode }) => mode === 'knative');
  assert(service);
  const { name, namespace, scale, loadSeconds } = service;
  const knative = await made(cluster, 'serving.knative.dev/v1', 'Service', `${name}-predictor`, namespace);
  const annotation = (key: string) => at(knative, 'spec', 'template', 'metadata', 'annotations', key);
  assert.equal(annotation('autoscaling.knative.dev/min-scale'), '0');
  assert.equal(annotation('autoscaling.knative.dev/max-scale'), String(scale.max));
  assert.equal(annotation('autoscaling.knative.dev/target'), String(scale.concurrency));
  assert.equal(annotation('serving.knative.dev/progress-deadline'), `${loadSeconds + 600}s`);
  return `${name}: from 0 to ${scale.max} replicas, ${scale.concurrency} requests at a time`;
}

function standardServices({ services }: ClusterModel): ClusterModel['services'] {
  return services.filter(({ mode }) => mode === 'standard');
}

/** The object, once KServe has made it. */
function made(
  { api }: Cluster,
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string,
): Promise<JsonObject> {
  const ref = { apiVersion, kind, metadata: { name, namespace } };
  return waitFor(`${kind} ${name}`, () => api.get<JsonObject>(ref));
}

/** What KServe makes of each predictor. */
const MADE = [
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
] as const;

function unitsNamed({ units }: ClusterModel, pattern: RegExp): ClusterModel['units'] {
  return units.filter(({ id }) => pattern.test(id));
}

function objectsOf(platform: ClusterModel, kind: string): readonly Manifest[] {
  return platform.units
    .flatMap((unit) => unit.objects.map(({ manifest }) => manifest))
    .filter((manifest) => manifest.kind === kind);
}
