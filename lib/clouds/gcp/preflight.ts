import type { ClusterModel } from '../../model/platform-model.ts';
import { parseCidr, sizeOf } from '../cidr.ts';
import {
  type AddressNeed,
  type CloudPreflight,
  type Machines,
  podParts,
  type QuotaShare,
  type Range,
} from '../preflight.ts';
import { fabricSubnets, networksOf } from './fabric-networks.ts';
import prices from './prices.json' with { type: 'json' };
import { gcpSettings } from './settings.ts';

/** How the quotas call the GPUs that the API of GKE calls otherwise. */
const QUOTA_NAMES: Readonly<Record<string, string>> = {
  'nvidia-tesla-a100': 'NVIDIA_A100',
  'nvidia-h100-80gb': 'NVIDIA_H100',
  'nvidia-h100-mega-80gb': 'NVIDIA_H100_MEGA',
  'nvidia-h200-141gb': 'NVIDIA_H200',
};

/** The GPUs with a quota of their own. All newer ones share a quota that has the GPU as a dimension. */
const OWN_QUOTA: ReadonlySet<string> = new Set(['NVIDIA_L4', 'NVIDIA_A100', 'NVIDIA_A100_80GB']);

/** Addresses of a subnet that the network keeps for itself. */
const KEPT = 4;

/** Roles for the services for data that a cluster asks for. */
const SERVICE_ROLES = {
  objectStore: 'roles/storage.admin',
  fileSystem: 'roles/file.editor',
  database: 'roles/cloudsql.admin',
  registry: 'roles/artifactregistry.admin',
};

/**
 * What a team asks Google Cloud for. GPUs are counted by model and region, and all regions together; spot, flex-start and
 * queued nodes count against quotas of their own.
 *
 * @see https://docs.cloud.google.com/compute/resource-usage
 * @see https://docs.cloud.google.com/kubernetes-engine/docs/concepts/dws
 */
export const gcpPreflight: CloudPreflight = {
  quotaPage: 'https://console.cloud.google.com/iam-admin/quotas',
  quotas: (machines) => [...vcpus(machines), ...gpus(machines)],
  addresses: (cluster, nodes) => {
    const { nodeCidr, podCidr, fabricCidr } = gcpSettings(cluster);
    const [subnet] = fabricSubnets(cluster, fabricCidr);
    return [
      addressNeed('nodes', nodes, nodeCidr, KEPT),
      addressNeed('pods, a /24 for each node', podParts(nodes), podCidr, 0),
      ...(subnet === undefined
        ? []
        : [addressNeed('nodes, on each network of GPUDirect-TCPXO', attachedNodes(cluster), subnet.cidr, KEPT)]),
    ];
  },
  permissions: (cluster) => [
    'roles/container.admin',
    'roles/compute.networkAdmin',
    'roles/iam.serviceAccountAdmin',
    'roles/iam.serviceAccountUser',
    'roles/resourcemanager.projectIamAdmin',
    'roles/serviceusage.serviceUsageAdmin',
    ...(gcpSettings(cluster).services.length > 0 ? ['roles/cloudkms.admin'] : []),
    ...gcpSettings(cluster).services.map((service) => SERVICE_ROLES[service]),
  ],
  prerequisites: (cluster) => [
    `billing is on for project ${gcpSettings(cluster).project}; the deployment itself switches on the APIs`,
    ...(networksOf(cluster.pools).length > 0
      ? [
          `the quota NETWORKS has room for ${networksOf(cluster.pools).length} more, the networks of GPUDirect-TCPXO`,
          'the cluster is new or has multi-networking already, which GKE switches on for no other',
        ]
      : []),
    ...cluster.pools.flatMap(({ name, instanceType, fabric, zone }) =>
      fabric.kind !== 'none' && zone === undefined
        ? [`the first zone of the cluster offers ${instanceType}, for pool '${name}'; name another with zone`]
        : [],
    ),
  ],
  prices: prices.rows,
};

/** By family of machines: `CPUS`, or `CPUS_PER_VM_FAMILY`, as the family has it. */
function vcpus({ instanceType, node: { cpu } }: Machines): readonly QuotaShare[] {
  const family = instanceType.slice(0, Math.max(0, instanceType.indexOf('-'))).toUpperCase();
  return [{ name: `CPUs of VM family ${family}`, unit: 'vCPU', ...(cpu === undefined ? {} : { perNode: cpu }) }];
}

function gpus({ accelerator, capacity }: Machines): readonly QuotaShare[] {
  if (accelerator === undefined) return [];
  const { cloudName = accelerator.model, perNode } = accelerator;
  const name = QUOTA_NAMES[cloudName] ?? cloudName.toUpperCase().replaceAll('-', '_');
  const comesAndGoes = capacity.kind === 'spot' || capacity.kind === 'flexStart' || capacity.kind === 'queued';
  const listed = OWN_QUOTA.has(name) ? `${name}_GPUS` : `GPUS_PER_GPU_FAMILY (gpu_family: ${name})`;
  return [
    { name: 'GPUS_ALL_REGIONS', unit: 'GPU', perNode },
    { name: comesAndGoes ? `PREEMPTIBLE_${name}_GPUS` : listed, unit: 'GPU', perNode },
  ];
}

/** The nodes that have an interface in each network of GPUDirect-TCPXO. */
function attachedNodes({ pools }: ClusterModel): Range {
  const attached = pools.filter(({ fabric }) => fabric.networks !== undefined);
  const sum = (size: 'minNodes' | 'maxNodes') => attached.reduce((total, pool) => total + pool[size], 0);
  return { min: sum('minNodes'), max: sum('maxNodes') };
}

function addressNeed(name: string, needed: Range, range: string, kept: number): AddressNeed {
  const cidr = parseCidr(range);
  return { name, needed, range, ...(cidr === undefined ? {} : { available: sizeOf(cidr) - kept }) };
}
