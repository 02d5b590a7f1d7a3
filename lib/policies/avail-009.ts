import { TRAINING_PODS } from '../model/conventions.ts';
import { at, type JsonObject } from '../model/json.ts';
import type { ClusterModel, ComponentModel } from '../model/platform-model.ts';
import { examplePlatform } from './examples.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const avail009: Policy = {
  id: 'AVAIL-009',
  title: 'A new GPU driver comes to one node at a time, and waits for the jobs there.',
  why: 'The driver cannot change under a running process: the GPU Operator deletes the pods that use GPUs, and a gang loses all it has not saved.',
  source: 'https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-driver-upgrades.html',
  severity: 'error',
  check: perCluster((cluster) => cluster.components.flatMap((component) => [...judge(component, cluster)])),
  examples: {
    passing: () => withPolicy({ waitForCompletion: { podSelector: TRAINING_PODS } }),
    failing: () => withPolicy({ gpuPodDeletion: { force: true } }),
  },
};

function withPolicy(upgradePolicy: JsonObject) {
  const component: ComponentModel = {
    id: 'gpu-operator',
    namespace: 'gpu-operator',
    version: 'v26.7.0',
    installed: false,
    neededBy: [],
    values: { driver: { upgradePolicy } },
    agents: [],
  };
  return examplePlatform({ components: [component] });
}

function* judge({ id, installed, values }: ComponentModel, { path, jobs, pools }: ClusterModel): Iterable<Verdict> {
  if (id !== 'gpu-operator' || !pools.some(({ driver }) => driver === 'operator')) return;
  if (installed) {
    const what = 'how your GPU Operator brings a new driver to the nodes is not known';
    yield unknown(path, what, 'Check driver.upgradePolicy of your installation, and waive this.');
    return;
  }
  const policy = at(values, 'driver', 'upgradePolicy');
  if (at(values, 'driver', 'enabled') === false || at(policy, 'autoUpgrade') === false) return;
  const set = (member: string, fix: string, clash: string) =>
    fail(path, `driver.upgradePolicy.${member} ${clash}`, fix);
  const nodes = at(policy, 'maxParallelUpgrades') ?? 1;
  if (nodes !== 1) {
    const clash = nodes === 0 ? 'changes all nodes at once' : `changes ${String(nodes)} nodes at a time`;
    yield set('maxParallelUpgrades', 'Set it to 1.', clash);
  }
  if (at(policy, 'gpuPodDeletion', 'force') === true) {
    yield set('gpuPodDeletion.force', 'Leave it out.', 'also deletes pods that nothing makes again');
  }
  if (at(policy, 'drain', 'enable') === true && at(policy, 'drain', 'force') === true) {
    yield set('drain.force', 'Leave it out.', 'also evicts pods that nothing makes again');
  }
  if (jobs.length > 0 && !at(policy, 'waitForCompletion', 'podSelector')) {
    const fix = `Set it to '${TRAINING_PODS}', a label of every TrainingJob.`;
    yield set('waitForCompletion.podSelector', fix, 'names no pods, so the upgrade waits for no job');
  }
}
