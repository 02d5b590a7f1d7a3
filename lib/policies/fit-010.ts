import { fabricDevices, NETWORKS_ANNOTATION } from '../model/fabric.ts';
import { at, type Json, type JsonObject } from '../model/json.ts';
import type { ClusterModel, JobModel, PoolModel } from '../model/platform-model.ts';
import { TCPXO_DAEMON } from '../model/tcpxo.ts';
import { examplePlatform, examplePool, exampleUnit } from './examples.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOf, podsWithDevices } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

const LEVEL = 'pod-security.kubernetes.io/enforce';

export const fit010: Policy = {
  id: 'FIT-010',
  title:
    'Pods that use the fabric of a pool ask for its interfaces, may lock memory, and have an address where they need one.',
  why: 'NCCL that cannot register its memory with the network card, or finds none, falls back to TCP without a word, and training is slower by an order of magnitude.',
  source: 'https://github.com/NVIDIA/nvidia-container-toolkit/issues/2037',
  severity: 'error',
  check: perCluster((cluster) => [
    ...cluster.jobs.flatMap((job) => judgeJob(job, cluster)),
    ...podsWithDevices(cluster).flatMap((pod) => judgePod(pod, cluster)),
    ...podsOf(cluster).flatMap((pod) => judgeDaemon(pod, cluster)),
  ]),
  examples: {
    passing: () => onLimitedMemory({ runAsUser: 0, capabilities: { add: ['IPC_LOCK'] } }),
    failing: () => onLimitedMemory({ runAsUser: 1000, capabilities: { add: ['IPC_LOCK'] } }),
  },
};

function onLimitedMemory(securityContext: JsonObject) {
  const fabric = {
    kind: 'infiniband',
    required: true,
    perNode: 8,
    resource: 'rdma/ib',
    lockedMemory: 'limited',
  } as const;
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'vision', labels: { [LEVEL]: 'privileged' } },
  };
  const limits = { 'nvidia.com/gpu': 8, 'rdma/ib': 8 };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: {
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', resources: { limits }, securityContext }],
    },
  };
  return examplePlatform({
    pools: [{ ...examplePool, fabric, resources: limits }],
    jobs: [],
    units: [exampleUnit(namespace, pod)],
  });
}

/** A gang on a pool whose fabric is required, and which gets none of it. */
function judgeJob(job: JobModel, { pools }: ClusterModel): readonly Verdict[] {
  const pool = pools.find(({ name }) => name === job.pool);
  if (pool === undefined || job.workers < 2 || !pool.fabric.required) return [];
  const { fabric, accelerator } = pool;
  // Of interfaces on networks of the cluster one pod gets all.
  const gpus = fabric.networks === undefined ? Math.ceil(accelerator.perNode / fabric.perNode) : accelerator.perNode;
  const missing = Object.keys(fabricDevices(fabric)).filter((name) => (job.perWorker.devices[name] ?? 0) === 0);
  const goWithGpus = fabric.claimed === true || fabric.networks !== undefined;
  const getsNone = goWithGpus && (job.perWorker.devices[accelerator.resource] ?? 0) < gpus;
  if (missing.length === 0 && !getsNone) return [];
  return [
    fail(
      job.path,
      `the fabric of pool '${pool.name}' is required, and the workers of job '${job.name}' get none of ${missing.join(', ') || 'its interfaces'}`,
      `Give each worker at least ${gpus} GPUs, which is what goes with ${fabric.networks === undefined ? 'one interface' : 'the interfaces'}, or set fabric: 'auto' on the pool.`,
    ),
  ];
}

function judgePod(pod: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  return cluster.pools
    .filter(({ fabric }) => Object.keys(fabricDevices(fabric)).some((name) => (pod.devices[name] ?? 0) > 0))
    .filter((pool) => outcomeOf(landsOn(pod, pool)) !== 'no')
    .flatMap((pool) => [...judgeMemory(pod, pool, cluster), ...judgeNetworks(pod, pool)]);
}

function judgeMemory(pod: ClusterPod, { name, fabric }: PoolModel, cluster: ClusterModel): readonly Verdict[] {
  if (fabric.lockedMemory !== 'limited') return [];
  const devices = Object.keys(fabricDevices(fabric));
  const users = pod.template.containers.filter((container) =>
    devices.some((device) => at(container, 'resources', 'limits', device) !== undefined),
  );
  const obstacles = users.flatMap((container) => lockObstacles(container, pod, cluster));
  const [first] = obstacles.toSorted((a, b) => (a.known === b.known ? 0 : a.known ? -1 : 1));
  if (first === undefined) return [];
  return [
    (first.known ? fail : unknown)(
      pod.path,
      `${pod.title} uses the interfaces of pool '${name}', whose nodes limit locked memory, and ${first.why}`,
      "Run the container runtime of the nodes with LimitMEMLOCK=infinity and set lockedMemory: 'unlimited', or run it as user 0 with the capability IPC_LOCK in a namespace with podSecurity: 'privileged'.",
    ),
  ];
}

/**
 * What keeps a container from locking as much memory as it likes. A capability that is added reaches root alone: any other
 * user loses it when the program starts. The Pod Security levels `baseline` and `restricted` both refuse to add this one.
 */
function lockObstacles(
  container: JsonObject,
  { namespace, template }: ClusterPod,
  cluster: ClusterModel,
): readonly { readonly known: boolean; readonly why: string }[] {
  const own = (key: string): Json | undefined =>
    at(container, 'securityContext', key) ?? at(template.spec, 'securityContext', key);
  const level = levelOf(namespace, cluster);
  const added = at(container, 'securityContext', 'capabilities', 'add');
  const mayLock = Array.isArray(added) && (added.includes('IPC_LOCK') || added.includes('ALL'));
  const user = own('runAsUser');
  if (level !== undefined && level !== 'privileged')
    return [{ known: true, why: `namespace '${namespace}' enforces ${level}, which refuses the capability IPC_LOCK` }];
  if (own('privileged') === true) return [];
  if (!mayLock) return [{ known: true, why: 'it has no capability IPC_LOCK' }];
  if (user === 0) return [];
  if (user === undefined && own('runAsNonRoot') !== true)
    return [{ known: false, why: 'whether its image runs as root, for whom alone IPC_LOCK works, is not known' }];
  return [{ known: true, why: `it runs as user ${String(user ?? 'other than root')}, for whom IPC_LOCK does nothing` }];
}

/** The Pod Security level of the namespace, where the program says one. */
function levelOf(namespace: string, cluster: ClusterModel): string | undefined {
  const object = objectsOfKind(cluster, '', 'Namespace').find(({ manifest }) => manifest.metadata.name === namespace);
  return object?.manifest.metadata.labels?.[LEVEL];
}

/** The daemon of GPUDirect-TCPXO is root, has folders of the node and sets up the network of its pod. */
function judgeDaemon({ path, title, namespace, template }: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  if (!template.containers.some(({ name }) => name === TCPXO_DAEMON)) return [];
  const level = levelOf(namespace, cluster);
  if (level === undefined || level === 'privileged') return [];
  return [
    fail(
      path,
      `${title} runs the daemon of GPUDirect-TCPXO, and namespace '${namespace}' enforces ${level}, which refuses it`,
      "Give the tenant podSecurity: 'privileged', with a waiver of SEC-001, or set fabric: 'none' on the pool.",
    ),
  ];
}

/** On RoCE the partners of a connection know each other by the addresses of these networks. */
function judgeNetworks({ path, title, template }: ClusterPod, { name, fabric }: PoolModel): readonly Verdict[] {
  if (fabric.kind !== 'roce') return [];
  const asked = template.annotations[NETWORKS_ANNOTATION] ?? '';
  const missing = (fabric.rdma?.networks ?? []).filter((network) => !new RegExp(`\\b${network.name}\\b`).test(asked));
  if (missing.length === 0) return [];
  const names = missing.map((network) => network.name);
  return [
    fail(
      path,
      `${title} uses the RoCE interfaces of pool '${name}' without an address in ${names.join(', ')}`,
      `Annotate its pods with ${NETWORKS_ANNOTATION}: ${(fabric.rdma?.networks ?? []).map((network) => network.name).join(',')}.`,
    ),
  ];
}
