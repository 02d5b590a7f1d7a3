import {
  AiCluster,
  type AiClusterProps,
  aws,
  InferenceService,
  type Manifest,
  Platform,
  Runtime,
  Scheduler,
  Tenant,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';

/** A cluster with GPUs, and what is asked for beside. */
function clusterWith(
  { queue = false, runtime }: { readonly queue?: boolean; readonly runtime?: Runtime },
  components: AiClusterProps['components'] = {},
) {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: aws({ region: 'us-east-1' }),
    kubernetesVersion: '1.35',
    components,
  });
  const l4 = cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 8 });
  const vision = new Tenant(cluster, 'vision', { quota: [l4.gpus(8)] });
  if (queue) new TrainingQueue(vision, 'all', { scheduler: Scheduler.volcano(), capability: [l4.gpus(8)] });
  if (runtime !== undefined) {
    const model = 's3://models/classifier';
    new InferenceService(vision, 'classifier', { model, runtime, pool: l4, scale: { min: 1 } });
  }
  const unit = () => platform.model().clusters[0]?.units.find(({ id }) => id === 'observability');
  const objects = () => (unit()?.objects ?? []).map(({ manifest }) => manifest);
  const names = (kind: string) =>
    objects()
      .filter((one) => one.kind === kind)
      .map(({ metadata }) => metadata.name);
  return { unit, objects, names };
}

function alerts(objects: readonly Manifest[]): readonly string[] {
  const rules = objects.find(({ kind }) => kind === 'PrometheusRule');
  return objectsIn(at(rules?.['spec'], 'groups')).flatMap((group) =>
    objectsIn(group['rules']).map(({ alert }) => String(alert)),
  );
}

function panels(objects: readonly Manifest[]): readonly unknown[] {
  const board = objects.find(({ metadata }) => metadata.name === 'ai-cluster-dashboard');
  return JSON.parse(String(at(board?.['data'], 'ai-cluster.json'))).panels;
}

describe('alerts and dashboard', () => {
  test('are of what the cluster has', () => {
    const gpus = clusterWith({}).objects();
    expect(alerts(gpus)).toEqual(['GpuXidError', 'GpuMemoryFailed', 'GpuIdleWhileAllocated']);
    const all = clusterWith({ queue: true, runtime: Runtime.triton() }).objects();
    expect(alerts(all)).toEqual(expect.arrayContaining(['QueueWaitsTooLong', 'ServiceNotReady', 'ServiceSlow']));
    expect(panels(all).length).toBeGreaterThan(panels(gpus).length);
  });

  test('come with kube-prometheus-stack, a unit that waits for it, and not without', () => {
    expect(clusterWith({}).unit()?.dependsOn).toEqual(['kube-prometheus-stack', 'kube-prometheus-stack-crds']);
    expect(clusterWith({}, { 'gpu-operator': { installed: true } }).unit()).toBeUndefined();
  });

  test('are there for a Prometheus that somebody else installed when they are asked for', () => {
    const theirs = { 'kube-prometheus-stack': { installed: true } };
    expect(clusterWith({}, theirs).unit()).toBeUndefined();
    expect(clusterWith({}, { ...theirs, observability: {} }).unit()?.dependsOn).toEqual([]);
  });

  test('can be left to somebody else', () => {
    expect(clusterWith({}, { observability: { installed: true } }).unit()).toBeUndefined();
  });
});

describe('what Prometheus reads', () => {
  test('Volcano, where there are queues on it', () => {
    expect(clusterWith({}).names('ServiceMonitor')).toEqual([]);
    expect(clusterWith({ queue: true }).names('ServiceMonitor')).toEqual(['volcano-scheduler', 'volcano-controller']);
  });

  test.each([
    ['Triton', Runtime.triton(), '$1:8002'],
    ['vLLM', Runtime.vllm(), '$1:8080'],
  ])('the pods of a service on %s, at the port of its metrics', (_name, runtime, address) => {
    const monitor = clusterWith({ runtime })
      .objects()
      .find(({ kind }) => kind === 'PodMonitor');
    expect(at(monitor?.['spec'], 'selector', 'matchLabels')).toEqual({
      'serving.kserve.io/inferenceservice': 'classifier',
    });
    const relabelings = objectsIn(at(monitor?.['spec'], 'podMetricsEndpoints', 0, 'relabelings'));
    expect(relabelings.map(({ replacement }) => replacement)).toEqual([undefined, address, 'classifier']);
  });

  test('nothing of an image that is not known to have metrics', () => {
    const runtime = Runtime.custom({ image: 'registry.example.com/serve@sha256:0' });
    expect(clusterWith({ runtime }).names('PodMonitor')).toEqual([]);
  });
});
