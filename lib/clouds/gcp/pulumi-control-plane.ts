import { Cluster } from '@pulumi/gcp/container/cluster.js';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterModel } from '../../model/platform-model.ts';
import type { ClusterAccess } from '../../render/pulumi/kubeconfig.ts';
import { networksOf } from './fabric-networks.ts';
import type { GcpContext } from './pulumi-context.ts';
import type { GcpNetwork } from './pulumi-network.ts';

/**
 * The control plane: private unless ranges are allowed, everything logged. Writes are in the audit log of every project;
 * whether reads are, too, is one setting for all clusters of a project, and left to its owner. GKE's data plane enforces
 * NetworkPolicies.
 */
export function makeControlPlane(context: GcpContext, network: GcpNetwork): Cluster {
  const { cluster, name, place, project, region, settings, options } = context;
  const { allowedCidrs, services } = settings;
  const { secretsKey, deletionProtection = true } = options;
  return new Cluster(
    name('cluster'),
    {
      name: cluster.name,
      location: region,
      nodeLocations: [...network.zones],
      minMasterVersion: cluster.kubernetesVersion,
      releaseChannel: { channel: 'REGULAR' },
      network: network.network.id,
      subnetwork: network.subnetwork.id,
      ipAllocationPolicy: {
        clusterSecondaryRangeName: network.ranges.pods,
        servicesSecondaryRangeName: network.ranges.services,
      },
      datapathProvider: 'ADVANCED_DATAPATH',
      ...(networksOf(cluster.pools).length > 0 ? { enableMultiNetworking: true } : {}),
      // Pools of our own take the place of the one that GKE cannot do without at first.
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: allowedCidrs.length === 0 },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: allowedCidrs.map((cidrBlock) => ({ cidrBlock })),
        gcpPublicCidrsAccessEnabled: false,
      },
      workloadIdentityConfig: { workloadPool: workloadPoolOf(project) },
      addonsConfig: {
        gcePersistentDiskCsiDriverConfig: { enabled: true },
        gcsFuseCsiDriverConfig: { enabled: services.includes('objectStore') },
        ...(services.includes('fileSystem') ? { gcpFilestoreCsiDriverConfig: { enabled: true } } : {}),
      },
      loggingConfig: {
        enableComponents: ['SYSTEM_COMPONENTS', 'APISERVER', 'CONTROLLER_MANAGER', 'SCHEDULER', 'WORKLOADS'],
      },
      monitoringConfig: {
        enableComponents: ['SYSTEM_COMPONENTS', ...(measuresGpus(cluster) ? ['DCGM'] : [])],
        managedPrometheus: { enabled: true },
      },
      ...(secretsKey === undefined ? {} : { databaseEncryption: { state: 'ENCRYPTED', keyName: secretsKey } }),
      deletionProtection,
    },
    // The pool that comes with the cluster is gone, and with it what it said of nodes.
    { ...place, ignoreChanges: ['initialNodeCount', 'nodeConfig'], dependsOn: [...network.egress] },
  );
}

/** The identities of all pods of a project. */
export function workloadPoolOf(project: string): string {
  return `${project}.svc.id.goog`;
}

/** Where GKE brings the device plugin, it also brings the exporter of GPU metrics. */
function measuresGpus({ pools }: ClusterModel): boolean {
  return pools.some((pool) => pool.devicePlugin === 'cloud');
}

/** Google's own plugin gets a token, as the same identity. */
export function accessTo({ cluster: { name } }: GcpContext, cluster: Cluster): ClusterAccess {
  return {
    name,
    server: pulumi.interpolate`https://${cluster.endpoint}`,
    certificateAuthority: cluster.masterAuth.clusterCaCertificate,
    exec: { command: 'gke-gcloud-auth-plugin', interactiveMode: 'Never', provideClusterInfo: true },
  };
}
