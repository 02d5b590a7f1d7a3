import assert from 'node:assert/strict';
import { AiCluster, existing, NcclTest, Platform, Rdma, Scheduler, Tenant, TrainingQueue } from 'cdk8s-ai';
import { at } from '../../../lib/model/json.ts';
import { groupOf } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import { applyUnits, type ExampleCluster, exampleClusters, optionsFor, pinnedCrds } from '../examples.ts';
import type { Scenario } from '../scenario.ts';

/** Every object of every example before the real API server, strictly, in the model's order. */
export const scenario: Scenario = {
  name: 'examples',
  limits: [
    'Charts are not installed: the objects that they render are not in the claims about objects, and their webhooks do not see ours. CRDs that a chart carries are applied in its place.',
    'The lane runs one version of Kubernetes. An example that names another is judged by the schemas of this one: a kind that only the other version serves would be refused, and one that only this version serves would be accepted.',
  ],
  async run({ startCluster, prove }) {
    for (const { name, model } of [...(await exampleClusters()), racks()]) {
      const cluster = await startCluster(optionsFor(model));
      const versions = `Kubernetes ${cluster.apiServer.version} judged, the example names ${model.kubernetesVersion}`;
      await prove(
        `every object of ${name} is accepted in the model's order, and none is warned about`,
        cluster.apiServer,
        async () => {
          const { objects, changed, warnings } = await applyUnits(cluster, model.units);
          assert.deepEqual(warnings, []);
          assert.equal(changed.length, objects);
          return `${objects} objects, ${customKinds(model)}; ${versions}`;
        },
      );
      await prove(`the objects of ${name} change nothing when they are applied again`, cluster.apiServer, async () => {
        const { objects, changed } = await applyUnits(cluster, model.units);
        assert.deepEqual(changed, []);
        return `${objects} objects compared`;
      });
      await cluster.stop();
    }
  },
};

/** The custom resources among the objects of the cluster, by kind. */
function customKinds({ units }: ClusterModel): string {
  const known = new Set(
    pinnedCrds().map(({ spec }) => `${String(at(spec, 'group'))}/${String(at(spec, 'names', 'kind'))}`),
  );
  const manifests = units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
  const custom = manifests.filter(({ apiVersion, kind }) => known.has(`${groupOf(apiVersion)}/${kind}`));
  const kinds = [...new Set(custom.map(({ kind }) => kind))].sort().join(', ');
  return custom.length === 0 ? 'no custom resources' : `${custom.length} custom resources (${kinds})`;
}

/** What no example has of Network Operator: interfaces that pods share, its own driver, addresses over InfiniBand. */
function racks(): ExampleCluster {
  const platform = new Platform({ name: 'racks' });
  const cluster = new AiCluster(platform, 'hall', { cloud: existing(), kubernetesVersion: '1.35' });
  const pool = (name: string, instanceType: string, interfaces: readonly string[], addresses: string) =>
    cluster.addGpuNodePool(name, {
      instanceType,
      node: { cpu: 192, memoryGiB: 2048 },
      minNodes: 2,
      labels: { 'example.com/rack': name },
      taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
      fabric: 'required',
      rdma: Rdma.shared({ interfaces, addresses, driver: 'operator', lockedMemory: 'unlimited' }),
    });
  const pools = [
    pool('infiniband', 'dgx-h100', ['ibp24s0', 'ibp64s0'], '10.64.0.0/16'),
    pool('roce', 'hgx-h100-8', ['ens1np0', 'ens2np0'], '10.65.0.0/16'),
  ];
  const team = new Tenant(cluster, 'team', { quota: pools.map((one) => one.gpus(16)) });
  const queue = new TrainingQueue(team, 'tests', { scheduler: Scheduler.volcano() });
  for (const one of pools) new NcclTest(queue, `over-${one.pool.name}`, { pool: one, minGBs: 80 });
  const [model] = platform.model().clusters;
  assert.ok(model);
  return { name: 'two further racks', model };
}
