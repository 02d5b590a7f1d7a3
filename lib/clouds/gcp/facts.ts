import type { JsonObject } from '../../model/json.ts';
import type { Labels, Taint } from '../../model/kubernetes.ts';
import type { Cloud, CloudPool, DataService, RefSecrecy } from '../cloud.ts';
import { catalogue, type InstanceType } from '../instance-type.ts';
import { fabricNetworks } from './fabric-networks.ts';
import { refuse } from './refuse.ts';
import { gcpStorageClasses } from './storage-classes.ts';

/** Settings of a cluster on Google Kubernetes Engine. */
export interface GcpProps {
  /** Id of the project. */
  readonly project: string;
  /** Region, such as `us-central1`. */
  readonly region: string;
  /**
   * Zones to spread over: how many of the region's, or their names.
   *
   * @default 3
   */
  readonly zones?: number | readonly string[];
  /**
   * Addresses of the nodes.
   *
   * @default '10.0.0.0/20'
   */
  readonly nodeCidr?: string;
  /**
   * Addresses of the pods; each node takes a `/24` of them.
   *
   * @default '10.64.0.0/14', enough for 1024 nodes
   */
  readonly podCidr?: string;
  /**
   * Addresses of the services.
   *
   * @default '10.32.0.0/20'
   */
  readonly serviceCidr?: string;
  /**
   * Addresses of the nodes on the networks of GPUDirect-TCPXO; each network takes an eighth of them.
   *
   * @default '192.168.0.0/16', enough for 8188 nodes
   */
  readonly fabricCidr?: string;
  /**
   * Address ranges that may reach the public endpoint of the control plane. Without any, it is private, and a deployment
   * has to run where the network can be reached.
   *
   * @default - none: the endpoint is private
   */
  readonly allowedCidrs?: readonly string[];
  /**
   * Services for data, made beside the cluster, encrypted with one key of Cloud KMS and kept when the cluster goes, with the
   * references that each gives:
   *
   * - `objectStore`: a bucket of Cloud Storage, `bucketName`. Jobs of a tenant read and write what is under `<namespace>/` in it.
   * - `fileSystem`: a share of Filestore over NFS, from 1 TiB, with its CSI driver: `fileSystemId`, and what a volume of the
   *   type `nfs` wants, `fileSystemHost` and `fileSystemPath`.
   * - `database`: PostgreSQL on Cloud SQL, `databaseHost`; database and user are called `metadata`, the password is given to
   *   `gcpResources`.
   * - `registry`: a repository of Artifact Registry, `repositoryUrl`.
   *
   * @default - none
   */
  readonly services?: readonly DataService[];
  /**
   * Machine types that the catalogue does not know yet. Their accelerator needs the `cloudName` by which GKE knows it.
   *
   * @default - none
   */
  readonly instanceTypes?: readonly InstanceType[];
}

/** What only the deployment of a GKE cluster knows. */
export const gcpRefs = {
  certificateAuthority: 'plain',
  clusterId: 'plain',
  endpoint: 'plain',
  kubeconfig: 'secret',
  nodeServiceAccount: 'plain',
  oidcIssuer: 'plain',
  vpcId: 'plain',
} as const;

/** What only the deployment of its services for data knows. */
export const gcpServiceRefs = {
  objectStore: { bucketName: 'plain' },
  fileSystem: { fileSystemId: 'plain', fileSystemHost: 'plain', fileSystemPath: 'plain' },
  database: { databaseHost: 'plain' },
  registry: { repositoryUrl: 'plain' },
} as const satisfies Record<DataService, Readonly<Record<string, RefSecrecy>>>;

/** The references of a cluster with the services. */
export function gcpRefsWith(services: readonly DataService[]): Readonly<Record<string, RefSecrecy>> {
  return Object.assign({}, gcpRefs, ...services.map((service) => gcpServiceRefs[service]));
}

/** First minor version on which GKE gives the interfaces of its accelerator networks to pods by resource claims. */
const FIRST_MINOR_WITH_CLAIMS = 35;

/**
 * A cluster on Google Kubernetes Engine.
 *
 * GKE brings driver and device plugin, and with them no GPU Operator is needed; pools that share their GPUs get its device
 * plugin instead. GKE taints GPU nodes by itself.
 *
 * A pool with GPUDirect-TCPXO needs a cluster with multi-networking, which GKE switches on for new clusters alone: the first
 * such pool of a cluster that exists has the cluster made anew. Add it from the start where it will be wanted.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/gpus
 */
export function gcp(props: GcpProps): Cloud {
  const { project, region, zones = 3, allowedCidrs = [], instanceTypes = [] } = props;
  const { nodeCidr = '10.0.0.0/20', podCidr = '10.64.0.0/14', serviceCidr = '10.32.0.0/20' } = props;
  const { fabricCidr = '192.168.0.0/16' } = props;
  const services = [...new Set(props.services)].sort();
  const settings: JsonObject = { project, zones, nodeCidr, podCidr, serviceCidr, fabricCidr, allowedCidrs, services };
  return {
    id: 'gcp',
    region,
    settings,
    createsPools: true,
    instanceTypes: catalogue('gcp', instanceTypes),
    storageClasses: gcpStorageClasses(services),
    systemInstanceType: { name: 'e2-standard-8', cpu: 8, memoryGiB: 32 },
    refs: gcpRefsWith(services),
    refsOnRequest: REFS_ON_REQUEST,
    capacities: ['onDemand', 'spot', 'reservation', 'flexStart', 'queued'],
    nodeExtras,
    fabricResource: (kind, kubernetesVersion) =>
      kind === 'roce' && Number(kubernetesVersion.split('.')[1]) >= FIRST_MINOR_WITH_CLAIMS
        ? 'mrdma.google.com'
        : undefined,
    claimsFabric: true,
    fabricNetworks,
    fabricHint: `Take a3-megagpu-8g, or a machine type with RoCE, such as a3-ultragpu-8g, and Kubernetes 1.${FIRST_MINOR_WITH_CLAIMS} or later.`,
    workloadAccess: () =>
      services.includes('objectStore') ? { credentials: { address: METADATA_SERVER, port: 80 } } : undefined,
    // GKE's driver goes with its device plugin; the operator's device plugin also works with the driver of the image.
    owners: ({ driver, devicePlugin = driver ?? 'cloud' }) => ({ driver: driver ?? 'cloud', devicePlugin }),
    refuse,
  };
}

/** @see https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity */
const METADATA_SERVER = '169.254.169.254';

/** @see https://cloud.google.com/kubernetes-engine/docs/how-to/provisioningrequest */
const QUEUED = 'cloud.google.com/gke-queued';

function nodeExtras({ type, capacity, fabric, devicePlugin }: CloudPool): {
  readonly labels: Labels;
  readonly taints: readonly Taint[];
} {
  return {
    labels: {
      ...(devicePlugin === 'operator' ? { 'gke-no-default-nvidia-gpu-device-plugin': 'true' } : {}),
      ...(fabric.claimed === true ? { 'cloud.google.com/gke-networking-dra-driver': 'true' } : {}),
      // The taint of queued nodes comes from GKE, the label does not.
      ...(capacity.kind === 'queued' ? { [QUEUED]: 'true' } : {}),
    },
    taints: [
      { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' },
      ...(type.node.arch === 'arm64'
        ? [{ key: 'kubernetes.io/arch', value: 'arm64', effect: 'NoSchedule' } as const]
        : []),
      ...(capacity.kind === 'queued' ? [{ key: QUEUED, value: 'true', effect: 'NoSchedule' } as const] : []),
    ],
  };
}

const REFS_ON_REQUEST = Object.fromEntries(
  Object.entries(gcpServiceRefs).flatMap(([service, refs]) =>
    Object.keys(refs).map((name) => [name, `gcp({ services: ['${service}'] })`]),
  ),
);
