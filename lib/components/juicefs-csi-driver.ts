import type { JuiceFsCsiDriverValues } from '../../imports/charts/juicefs-csi-driver.ts';
import { JUICEFS_NAMESPACE, MOUNT_POD } from '../model/conventions.ts';
import { IMAGES } from '../model/images.ts';
import type { Toleration } from '../model/kubernetes.ts';
import type { DatasetModel, PoolModel } from '../model/platform-model.ts';
import {
  type AgentSpec,
  type ComponentContext,
  defineComponent,
  poolAgent,
  systemAgent,
  tolerationsForPools,
} from './component.ts';

/**
 * Of limits below four cores the vendor says that they slow a mount pod down without a sign.
 *
 * @see https://juicefs.com/docs/csi/guide/resource-optimization/
 */
const RESOURCES = {
  requests: { cpu: `${MOUNT_POD.cpuMillis}m`, memory: `${MOUNT_POD.memoryMiB}Mi` },
  limits: { cpu: '8', memory: '8Gi' },
};

/**
 * Mounts JuiceFS file systems. A pod of the driver on each node mounts each dataset that a pod of the node uses: it alone
 * talks to metadata engine and object store, so the closed network of tenants needs no opening.
 */
export const juiceFsCsiDriver = defineComponent({
  id: 'juicefs-csi-driver',
  summary: 'Datasets on JuiceFS, cached on the nodes',
  source: 'https://juicefs.com/docs/csi/getting_started/',
  namespace: JUICEFS_NAMESPACE,
  podSecurity: 'privileged',
  chart: { repository: 'https://juicedata.github.io/charts/', chart: 'juicefs-csi-driver', version: '0.32.4' },
  provisions: ['csi.juicefs.com'],
  placement: {
    system: { nodeSelector: ['controller.nodeSelector'], tolerations: ['controller.tolerations'] },
    pools: { tolerations: ['node.tolerations'] },
  },
  neededBy: ({ datasets }) => datasets.map((dataset) => dataset.path),
  values: ({ cluster, systemSelector: nodeSelector, systemTolerations: tolerations }): JuiceFsCsiDriverValues => ({
    controller: { nodeSelector, tolerations },
    // Mount pods have the tolerations of the driver's own pod on the node.
    node: { tolerations: [...tolerations, ...tolerationsForPools(poolsOf(cluster, cluster.datasets))] },
    // It would be open to everybody in the cluster.
    dashboard: { enabled: false },
    // As a Helm hook it would be made anew by every upgrade.
    csidriver: { disableHooks: true },
    // Mount pods and warm-up talk to each other, so they are of one version.
    defaultMountImage: { ce: IMAGES.juicefs },
    globalConfig: { mountPodPatch: cluster.datasets.map(mountPodPatch) },
  }),
  agents: (values, { cluster, ...context }) => {
    const pools = poolsOf(cluster, cluster.datasets);
    const tolerations = values.node?.tolerations ?? [];
    const requests = { cpuMillis: 100, memoryMiB: 512 };
    return [
      systemAgent('juicefs-csi-controller', { cluster, ...context }, requests),
      poolAgent('juicefs-csi-node', pools, tolerations, requests),
      ...cluster.datasets.map((dataset) => mountPod(dataset, cluster, tolerations)),
    ];
  },
});

/** The pools whose nodes may run pods of the datasets' tenants. */
function poolsOf(cluster: ComponentContext['cluster'], datasets: readonly DatasetModel[]): readonly PoolModel[] {
  const tenants = new Set(datasets.map(({ tenant }) => tenant));
  const names = new Set(cluster.tenants.filter(({ name }) => tenants.has(name)).flatMap(({ pools }) => pools));
  return cluster.pools.filter(({ name }) => names.has(name));
}

/** How the dataset is mounted: here and not in its StorageClass, whose options a volume keeps from the day it was made. */
function mountPodPatch({ name, namespace, storageClass, cachePath, cacheGiB, bucket }: DatasetModel) {
  return {
    pvcSelector: { matchStorageClassName: storageClass },
    mountOptions: [
      // A folder of its own: two clients of one file system would each fill the folder to the brim.
      `cache-dir=${cachePath}/${namespace}/${name}`,
      `cache-size=${cacheGiB * 1024}`,
      ...(bucket === undefined ? [] : [`bucket=${bucket}`]),
    ],
    resources: RESOURCES,
  };
}

function mountPod(
  dataset: DatasetModel,
  cluster: ComponentContext['cluster'],
  tolerations: readonly Toleration[],
): AgentSpec {
  const name = `juicefs-mount-${dataset.namespace}-${dataset.name}`;
  return { ...poolAgent(name, poolsOf(cluster, [dataset]), tolerations, MOUNT_POD), dataset: dataset.path };
}
