import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, type AiClusterProps, aws, existing, Platform, Scheduler, Tenant, TrainingQueue } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';

function east(props: Partial<AiClusterProps> = {}) {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: aws({ region: 'us-east-1' }),
    kubernetesVersion: '1.35',
    ...props,
  });
  const model = () => {
    const [only] = platform.model().clusters;
    if (only === undefined) throw new Error('one cluster');
    return only;
  };
  return { platform, cluster, model };
}

const pool = { instanceType: 'p5.48xlarge', minNodes: 4 };
const fixed = { minNodes: 2, maxNodes: 2 };

describe('components', () => {
  test('an empty cluster gets none', () => {
    expect(east({ systemPool: fixed }).model().units).toEqual([]);
  });

  test('a pool that may grow brings cluster-autoscaler on EKS, where nothing else would grow it', () => {
    const { cluster, model } = east({ systemPool: fixed, components: { 'gpu-operator': { installed: true } } });
    cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 4 });
    cluster.addGpuNodePool('fixed', { instanceType: 'g6.4xlarge', minNodes: 1 });
    expect(model().components.find(({ id }) => id === 'cluster-autoscaler')).toMatchObject({
      neededBy: ['east/l4'],
      values: { autoDiscovery: { clusterName: 'east' }, awsRegion: 'us-east-1', image: { tag: 'v1.35.2' } },
      agents: [{ runsOn: 'system', nodeSelector: { 'cdk8s-ai.dev/pool': 'system' } }],
    });
    expect(east().model().components).toMatchObject([{ id: 'cluster-autoscaler', neededBy: ['east/system'] }]);
  });

  test('cluster-autoscaler of a Kubernetes version without a release of its own is the one of the chart', () => {
    const [autoscaler] = east({ kubernetesVersion: '1.99' }).model().components;
    expect(autoscaler?.values).not.toHaveProperty('image');
  });

  test('a pool brings the GPU Operator with what that needs, and says why', () => {
    const { cluster, model } = east({ systemPool: fixed });
    cluster.addGpuNodePool('h100', { ...pool, fabric: 'none' });
    expect(model().components.map(({ id, neededBy }) => [id, neededBy])).toEqual([
      ['cert-manager', ['kube-prometheus-stack']],
      ['gpu-operator', ['east/h100']],
      ['kube-prometheus-stack', ['gpu-operator']],
      ['observability', ['east/h100']],
    ]);
  });

  test('a queue brings Volcano with a configuration that keeps what queues promise', () => {
    const { cluster, model } = east();
    const h100 = cluster.addGpuNodePool('h100', pool);
    new TrainingQueue(new Tenant(cluster, 'vision', { quota: [h100.gpus(8)] }), 'pretrain', {
      scheduler: Scheduler.volcano(),
    });
    const names = model()
      .volcanoConfig?.tiers.flat()
      .map((plugin) => plugin.name);
    expect(names).toEqual(expect.arrayContaining(['capacity', 'gang', 'resourcequota']));
    expect(names).not.toContain('proportion');
    // One tier, plain reclaim and preempt, and a gang plugin that spares nobody: seen on the real scheduler, or a queue
    // of training jobs gives nothing back.
    expect(model().volcanoConfig?.tiers).toHaveLength(1);
    expect(model().volcanoConfig?.actions).toEqual(expect.arrayContaining(['reclaim', 'preempt']));
    const text = at(
      model().components.find((one) => one.id === 'volcano')?.values,
      'custom',
      'scheduler_config_override',
    );
    expect(text).toContain('- name: gang\n    enablePreemptable: false\n    enableReclaimable: false\n');
    expect(text).toContain('- name: capacity\n    enableHierarchy: true\n');
  });

  test('what is installed already is not installed again, and neither is what it would need', () => {
    const { cluster, model } = east({ systemPool: fixed, components: { 'gpu-operator': { installed: true } } });
    cluster.addGpuNodePool('h100', { ...pool, fabric: 'none' });
    expect(model().units).toEqual([]);
    expect(model().components).toMatchObject([{ id: 'gpu-operator', installed: true, agents: [] }]);
  });

  test("a user's values are laid over the derived ones", () => {
    const { cluster, model } = east({ components: { 'gpu-operator': { values: { mig: { strategy: 'mixed' } } } } });
    cluster.addGpuNodePool('h100', pool);
    expect(model().components.find((one) => one.id === 'gpu-operator')?.values).toMatchObject({
      mig: { strategy: 'mixed' },
      driver: { enabled: false },
    });
  });

  test('the driver comes from the cloud image on EKS and from the operator on a cluster of your own', () => {
    const { cluster, model } = east({ cloud: existing() });
    cluster.addGpuNodePool('dgx', { instanceType: 'dgx-h100', minNodes: 1, labels: { rack: 'a' } });
    expect(model().components.find((one) => one.id === 'gpu-operator')?.values).toMatchObject({
      driver: { enabled: true },
      toolkit: { enabled: true },
    });
  });

  test('every node agent tolerates every taint of the pools it serves', () => {
    const { cluster, model } = east();
    cluster.addGpuNodePool('h100', { ...pool, taints: [{ key: 'team', value: 'a', effect: 'NoExecute' }] });
    const agents = model()
      .components.flatMap((component) => component.agents)
      .filter((agent) => agent.runsOn === 'pools');
    expect(agents.length).toBeGreaterThan(5);
    for (const agent of agents)
      expect(agent.tolerations).toContainEqual({ key: 'team', operator: 'Exists', effect: 'NoExecute' });
  });
});

describe('order', () => {
  test('CRDs come before the operator, a custom resource of the user after it', () => {
    const { cluster, model } = east();
    cluster.addGpuNodePool('h100', pool);
    const extras = new Chart(cluster, 'alerts', { namespace: 'monitoring' });
    new ApiObject(extras, 'rule', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'gpu' },
      spec: {},
    });
    const ids = model().units.map((unit) => unit.id);
    expect(ids.indexOf('kube-prometheus-stack-crds')).toBeLessThan(ids.indexOf('kube-prometheus-stack'));
    expect(model().units.find((unit) => unit.id === 'app-alerts')?.dependsOn).toEqual([
      'kube-prometheus-stack',
      'kube-prometheus-stack-crds',
    ]);
  });

  test('a StatefulSet comes after the StorageClass of its volumes', () => {
    const { cluster, model } = east();
    new ApiObject(new Chart(cluster, 'classes'), 'fast', {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast' },
      provisioner: 'ebs.csi.aws.com',
    });
    new ApiObject(new Chart(cluster, 'database'), 'db', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'default' },
      spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { storageClassName: 'fast' } }] },
    });
    expect(model().units.find((unit) => unit.id === 'app-database')?.dependsOn).toEqual(['app-classes']);
  });

  test("a user's dependency becomes an edge between units, and orders objects inside one", () => {
    const { cluster, model } = east();
    const map = (chart: Chart, id: string) =>
      new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id, namespace: 'default' } });
    const [first, second] = [new Chart(cluster, 'first'), new Chart(cluster, 'second')];
    map(first, 'x');
    const [a, b] = [map(second, 'a'), map(second, 'b')];
    second.addDependency(first);
    a.addDependency(b);
    const unit = model().units.find((one) => one.id === 'app-second');
    expect(unit?.dependsOn).toEqual(['app-first']);
    expect(unit?.objects.map((object) => object.manifest.metadata.name)).toEqual(['b', 'a']);
  });
});

test('the same program gives the same model, whichever pool or tenant is written first', () => {
  const build = (flip: boolean) => {
    const { cluster, platform } = east();
    const names = flip ? ['l40', 'h100'] : ['h100', 'l40'];
    const pools = new Map(
      names.map((name) => [
        name,
        cluster.addGpuNodePool(name, { instanceType: name === 'h100' ? 'p5.48xlarge' : 'g6e.48xlarge', minNodes: 2 }),
      ]),
    );
    for (const name of flip ? ['b', 'a'] : ['a', 'b'])
      new Tenant(cluster, name, { quota: [...pools.values()].map((one) => one.gpus(4)) });
    return JSON.stringify(platform.model());
  };
  expect(build(true)).toBe(build(false));
});
