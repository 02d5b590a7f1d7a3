import type { StorageClassModel } from '../../model/platform-model.ts';
import type { Cloud } from '../cloud.ts';
import { catalogue, type InstanceType } from '../instance-type.ts';
import { refuse } from './refuse.ts';

/** Settings of a cluster that the team already has, on premises or anywhere else. */
export interface ExistingProps {
  /**
   * Name of the kubeconfig context that reaches the cluster, for the Pulumi half.
   *
   * @default - the current context of the kubeconfig that the deployment is given
   */
  readonly context?: string;
  /**
   * Machine types that the catalogue does not know yet.
   *
   * @default - none
   */
  readonly instanceTypes?: readonly InstanceType[];
  /**
   * All StorageClasses that the cluster has without the program, those first that suit most claims.
   *
   * @default - not known, so that FIT-021 cannot say which claims will get their volumes
   */
  readonly storageClasses?: readonly StorageClassModel[];
}

/** A cluster that exists: its pools are declared as they are, and nothing outside Kubernetes is created. */
export function existing(props: ExistingProps = {}): Cloud {
  return {
    id: 'existing',
    settings: props.context === undefined ? {} : { context: props.context },
    createsPools: false,
    instanceTypes: catalogue('existing', props.instanceTypes),
    ...(props.storageClasses === undefined ? {} : { storageClasses: props.storageClasses }),
    // Nothing is made, so whatever must be referred to is named by the program itself.
    refs: {},
    capacities: ['onDemand'],
    nodeExtras: () => ({ labels: {}, taints: [] }),
    // Nobody knows what is on the nodes but their owner, so the pool has to say it (`rdma`).
    fabricResource: () => undefined,
    owners: ({ driver = 'operator', devicePlugin = 'operator' }) => ({ driver, devicePlugin }),
    refuse,
  };
}
