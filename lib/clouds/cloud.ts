import type { JsonObject } from '../model/json.ts';
import type { Labels, Taint } from '../model/kubernetes.ts';
import type { CapacityModel, CloudId, FabricModel } from '../model/platform-model.ts';
import type { InstanceType } from './instance-type.ts';

/** Whether the value of a reference may be shown, or must never reach a file or a log. */
export type RefSecrecy = 'plain' | 'secret';

/**
 * A service for data beside a cluster: a bucket for datasets, checkpoints and models; a file system that many nodes mount;
 * a PostgreSQL database for metadata; a registry for images.
 */
export type DataService = 'objectStore' | 'fileSystem' | 'database' | 'registry';

/** What a cloud is, as far as the in-cluster half must know: facts, no SDK. */
export interface Cloud {
  readonly id: CloudId;
  readonly region?: string;
  /** The cloud's own settings, read again only by the cloud's Pulumi half. */
  readonly settings: JsonObject;
  /** Whether node pools are made by us, so that labels and taints are ours to choose. */
  readonly createsPools: boolean;
  /** Machine types by name, those that the user registered included. */
  readonly instanceTypes: ReadonlyMap<string, InstanceType>;
  /** Machine type of the system pool when the user names none. */
  readonly systemInstanceType?: { readonly name: string; readonly cpu: number; readonly memoryGiB: number };
  /** Identities of a cluster that only its deployment knows, all of them texts: what `AiCluster.ref` accepts. */
  readonly refs: Readonly<Record<string, RefSecrecy>>;
  /** Further references with what has to be written to get them, `aws({ services: ['database'] })`. @default - none */
  readonly refsOnRequest?: Readonly<Record<string, string>>;
  /** The ways in which the cloud sells nodes. */
  readonly capacities: readonly CapacityModel['kind'][];
  /** What the cloud adds to the nodes of a GPU pool by itself. */
  nodeExtras(pool: { readonly type: InstanceType; readonly capacity: CapacityModel }): {
    readonly labels: Labels;
    readonly taints: readonly Taint[];
  };
  /** Name under which pods ask for an interface of the fabric; absent where pods get it without asking. */
  fabricResource(kind: FabricModel['kind']): string | undefined;
  /** Who installs the driver and who advertises the GPUs unless the user says otherwise. */
  readonly defaults: { readonly driver: 'cloud' | 'operator'; readonly devicePlugin: 'cloud' | 'operator' };
}
