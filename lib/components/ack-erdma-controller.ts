import type { Toleration } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { defineComponent, poolAgent } from './component.ts';

/** Settings of the add-on, as far as they are documented. */
export interface ErdmaControllerValues {
  readonly agent?: {
    /** Driver on the nodes: `ofed` for GPUs and NCCL, `compat` to speak as RoCE does, `default` for neither. */
    readonly preferDriver?: 'default' | 'compat' | 'ofed';
    /** Whether a pod that asks for one place gets every interface of its node, or the one nearest to its cores. */
    readonly allocateAllDevices?: boolean;
  };
}

/** What the DaemonSet of the controller's public chart tolerates unless it is told otherwise. */
const EVERY_TAINT: readonly Toleration[] = [{ operator: 'Exists' }];

/**
 * Attaches eRDMA interfaces to nodes on ACK, installs their driver and advertises them to the kubelet. It is an add-on of ACK,
 * which the Pulumi half of the cloud installs: ACK picks the version, places the controller, and lends it the rights of its
 * role AliyunCSManagedNetworkRole. So only the pods on the nodes of the pools are known here.
 */
export const ackErdmaController = defineComponent({
  id: 'ack-erdma-controller',
  summary: 'eRDMA interfaces as a resource of pods',
  source: 'https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/use-erdma-in-ack-clusters',
  namespace: 'ack-erdma-controller',
  podSecurity: 'privileged',
  advertises: ['aliyun/erdma'],
  neededBy: ({ cloud, pools }) => (cloud.id === 'alibaba' ? erdmaPools(pools).map((pool) => pool.path) : []),
  values: (): ErdmaControllerValues => ({ agent: { preferDriver: 'ofed', allocateAllDevices: true } }),
  agents: (_values, { cluster }) => [poolAgent('alibabacloud-erdma-agent', erdmaPools(cluster.pools), EVERY_TAINT)],
});

function erdmaPools(pools: readonly PoolModel[]): readonly PoolModel[] {
  return pools.filter((pool) => pool.fabric.resource === 'aliyun/erdma');
}
