import { Construct } from 'constructs';
import type { Cloud } from '../clouds/cloud.ts';
import type { ComponentRequest } from '../components/component.ts';
import type { ComponentId, ComponentOverrides } from '../components/index.ts';
import { PlatformError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { Labels, Taint } from '../model/kubernetes.ts';
import type { SystemPoolModel } from '../model/platform-model.ts';
import { Ref } from '../model/value.ts';
import { declareFact } from './fact.ts';
import { GpuNodePool, type GpuNodePoolProps } from './gpu-node-pool.ts';
import { dnsLabel, pathOf } from './names.ts';
import { POOL_LABEL } from './pool-labels.ts';

/** The nodes without accelerators on which operators, webhooks and monitoring run. */
export interface SystemPoolProps {
  /**
   * Machine type of the nodes.
   *
   * @default - a general-purpose type of the cloud with 8 cores and 32 GiB
   */
  readonly instanceType?: string;
  /** Fewest nodes. @default 2 */
  readonly minNodes?: number;
  /** Most nodes. @default - twice the fewest */
  readonly maxNodes?: number;
  /** Cores of one node, where the machine type does not tell. @default - as the cloud's default type */
  readonly cpu?: number;
  /** Memory of one node in GiB, where the machine type does not tell. @default - as the cloud's default type */
  readonly memoryGiB?: number;
  /**
   * Labels by which the nodes are selected; on an existing cluster they must be there already.
   *
   * @default - a label of this library where pools are created, none on an existing cluster
   */
  readonly labels?: Labels;
  /** Taints of the nodes; the components that run there tolerate them. @default - none */
  readonly taints?: readonly Taint[];
}

/** Settings of a cluster. */
export interface AiClusterProps {
  /** Where the cluster runs: `aws({ region: 'us-east-1' })`, `existing()`. */
  readonly cloud: Cloud;
  /** Kubernetes minor version, such as `1.35`. */
  readonly kubernetesVersion: `1.${number}`;
  /**
   * Feature gates that an existing cluster has switched on, such as `GenericWorkload` for Kubernetes' own gang scheduling.
   *
   * @default - none
   */
  readonly featureGates?: readonly string[];
  /** The nodes for operators, webhooks and monitoring. @default - two nodes of the cloud's default type */
  readonly systemPool?: SystemPoolProps;
  /**
   * Typed values for components, laid over the derived ones, or `{ installed: true }` for what the cluster has already.
   *
   * @default - components are added as they are needed, with derived values
   */
  readonly components?: ComponentOverrides;
}

/** A Kubernetes cluster for training and inference. */
export class AiCluster extends Construct {
  readonly clusterName: string;
  readonly cloud: Cloud;
  readonly kubernetesVersion: string;
  readonly featureGates: readonly string[];
  readonly systemPool: SystemPoolModel;

  /** @throws PlatformError NAME-001 when the id is no DNS label; VERSION-001 when the version is no Kubernetes version */
  constructor(scope: Construct, id: string, props: AiClusterProps) {
    super(scope, id);
    this.clusterName = dnsLabel(this, 'cluster name', id, 30);
    this.cloud = props.cloud;
    this.kubernetesVersion = minorVersion(this, props.kubernetesVersion);
    this.featureGates = [...(props.featureGates ?? [])].sort();
    this.systemPool = systemPool(this, props.cloud, props.systemPool ?? {});
    const { id: cloudId, region, settings, storageClasses, refuse } = props.cloud;
    declareFact(this, {
      kind: 'cluster',
      model: {
        name: this.clusterName,
        cloud: {
          id: cloudId,
          ...(region === undefined ? {} : { region }),
          settings,
          ...(storageClasses === undefined ? {} : { storageClasses }),
        },
        kubernetesVersion: this.kubernetesVersion,
        featureGates: this.featureGates,
        systemPool: this.systemPool,
        components: componentRequests(props.components ?? {}),
        ...(refuse === undefined ? {} : { refuse }),
      },
    });
  }

  /**
   * A reference to an identity of the cluster that only its deployment knows, such as `vpcId` on AWS.
   *
   * @throws PlatformError REF-005 when the cloud has no identity of that name
   */
  ref(name: string): Ref<string> {
    const secrecy = Object.hasOwn(this.cloud.refs, name) ? this.cloud.refs[name] : undefined;
    if (secrecy !== undefined) return Ref.string(`${this.clusterName}/${name}`, { secret: secrecy === 'secret' });
    const known = Object.keys(this.cloud.refs);
    const request = this.cloud.refsOnRequest?.[name];
    throw new PlatformError(
      'REF-005',
      pathOf(this),
      `${this.cloud.id} offers no reference '${name}'`,
      request !== undefined
        ? `Ask for what it belongs to: ${request}.`
        : known.length === 0
          ? "Make one with Ref.string('…') and pass its value to the deployment."
          : `Use one of ${known.join(', ')}.`,
    );
  }

  /** Adds a pool of nodes with accelerators. */
  addGpuNodePool(id: string, props: GpuNodePoolProps): GpuNodePool {
    return new GpuNodePool(this, id, props);
  }
}

function minorVersion(cluster: AiCluster, version: string): string {
  if (/^1\.\d+$/.test(version)) return version;
  throw new PlatformError(
    'VERSION-001',
    pathOf(cluster),
    `'${version}' is not a Kubernetes minor version`,
    "Write it as '1.35'.",
  );
}

function systemPool(cluster: AiCluster, cloud: Cloud, props: SystemPoolProps): SystemPoolModel {
  const type = cloud.systemInstanceType;
  const instanceType = props.instanceType ?? type?.name;
  const [cpu, memoryGiB] = [props.cpu ?? type?.cpu, props.memoryGiB ?? type?.memoryGiB];
  const minNodes = props.minNodes ?? 2;
  return {
    path: `${pathOf(cluster)}/system`,
    ...(instanceType === undefined ? {} : { instanceType }),
    minNodes,
    maxNodes: props.maxNodes ?? minNodes * (cloud.createsPools ? 2 : 1),
    capacity: { kind: 'onDemand' },
    node: { ...(cpu === undefined ? {} : { cpu }), ...(memoryGiB === undefined ? {} : { memoryGiB }), arch: 'amd64' },
    labels: { ...(cloud.createsPools ? { [POOL_LABEL]: 'system' } : {}), ...props.labels },
    taints: props.taints ?? [],
  };
}

function componentRequests(overrides: ComponentOverrides): readonly ComponentRequest[] {
  return (Object.entries(overrides) as [ComponentId, { values?: object; installed?: boolean }][]).map(
    ([id, { values, installed }]) => ({
      id,
      settings: {
        ...(values === undefined ? {} : { values: values as JsonObject }),
        ...(installed === undefined ? {} : { installed }),
      },
    }),
  );
}
