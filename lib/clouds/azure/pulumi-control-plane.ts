import { listManagedClusterUserCredentialsOutput } from '@pulumi/azure-native/containerservice/listManagedClusterUserCredentials.js';
import { ManagedCluster } from '@pulumi/azure-native/containerservice/managedCluster.js';
import { DiagnosticSetting } from '@pulumi/azure-native/monitor/diagnosticSetting.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import type { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import * as pulumi from '@pulumi/pulumi';
import { formatTaint } from '../../model/kubernetes.ts';
import type { ClusterAccess } from '../../render/pulumi/kubeconfig.ts';
import { parseCidr, partOf } from '../cidr.ts';
import type { AzureContext } from './pulumi-context.ts';
import type { IdentityWithRoles } from './pulumi-identity.ts';
import type { AzureNetwork } from './pulumi-network.ts';

/** Days for which the logs of the control plane, the audit log among them, are kept. */
const LOG_DAYS = 90;
/** Size of a system node's disk in GB. */
const SYSTEM_DISK_GB = 128;
/** The application of Entra ID by which every AKS cluster is known. */
const AKS_APPLICATION = '6dae42f8-4368-4678-94ff-3960e28e3630';

/**
 * The control plane with its system pool: private unless ranges are allowed, users of Entra ID only, and the data plane of
 * Cilium, which enforces NetworkPolicies.
 */
export function makeControlPlane(
  context: AzureContext,
  group: ResourceGroup,
  network: AzureNetwork,
  { identity, roles }: IdentityWithRoles,
): ManagedCluster {
  const { cluster, location, name, options, place, settings, tags } = context;
  const { podCidr, serviceCidr, services } = settings;
  return new ManagedCluster(
    name('cluster'),
    {
      resourceGroupName: group.name,
      resourceName: cluster.name,
      location,
      dnsPrefix: cluster.name,
      kubernetesVersion: cluster.kubernetesVersion,
      sku: { name: 'Base', tier: 'Standard' },
      identity: { type: 'UserAssigned', userAssignedIdentities: [identity.id] },
      agentPoolProfiles: [systemPool(context, network)],
      networkProfile: {
        networkPlugin: 'azure',
        networkPluginMode: 'overlay',
        networkDataplane: 'cilium',
        networkPolicy: 'cilium',
        podCidr,
        serviceCidr,
        dnsServiceIP: tenthAddress(serviceCidr),
        loadBalancerSku: 'standard',
        outboundType: 'userAssignedNATGateway',
      },
      apiServerAccessProfile: accessProfile(context, network),
      aadProfile: { managed: true, enableAzureRBAC: true },
      disableLocalAccounts: true,
      oidcIssuerProfile: { enabled: true },
      securityProfile: { workloadIdentity: { enabled: true } },
      storageProfile: { blobCSIDriver: { enabled: services.includes('objectStore') } },
      // An upgrade drains every node: the team chooses a time when no training is lost.
      autoUpgradeProfile: { upgradeChannel: 'none', nodeOSUpgradeChannel: 'None' },
      tags,
    },
    {
      ...place,
      dependsOn: [...roles],
      protect: options.deletionProtection ?? true,
      // The autoscaler owns the size of the system pool. GPU pools are resources of their own.
      ignoreChanges: ['agentPoolProfiles[0].count'],
    },
  );
}

/** AKS cannot do without a pool in the cluster itself; it is the only one there. */
function systemPool({ cluster, settings: { zones } }: AzureContext, { nodes }: AzureNetwork) {
  const { instanceType, minNodes, maxNodes, labels, taints } = cluster.systemPool;
  return {
    name: 'system',
    mode: 'System',
    type: 'VirtualMachineScaleSets',
    osType: 'Linux',
    osSKU: 'Ubuntu',
    ...(instanceType === undefined ? {} : { vmSize: instanceType }),
    osDiskSizeGB: SYSTEM_DISK_GB,
    vnetSubnetID: nodes.id,
    ...(zones.length === 0 ? {} : { availabilityZones: [...zones] }),
    count: minNodes,
    ...(maxNodes > minNodes ? { enableAutoScaling: true, minCount: minNodes, maxCount: maxNodes } : {}),
    nodeLabels: { ...labels },
    nodeTaints: taints.map(formatTaint),
  };
}

function accessProfile({ settings: { allowedCidrs } }: AzureContext, { address }: AzureNetwork) {
  if (allowedCidrs.length === 0)
    return { enablePrivateCluster: true, enablePrivateClusterPublicFQDN: false, disableRunCommand: true };
  // The nodes come from outside, too, by the address of their gateway.
  const ownAddress = address.ipAddress.apply((ip) => `${ip ?? ''}/32`);
  return { authorizedIPRanges: [...allowedCidrs, ownAddress], disableRunCommand: true };
}

/** Sends what the control plane logs to a workspace. Reads are left out: they are most of the audit log. */
export function makeLogs(
  { cluster, location, name, place, tags }: AzureContext,
  group: ResourceGroup,
  aks: ManagedCluster,
): void {
  const workspace = new Workspace(
    name('logs'),
    {
      resourceGroupName: group.name,
      workspaceName: cluster.name,
      location,
      sku: { name: 'PerGB2018' },
      retentionInDays: LOG_DAYS,
      tags,
    },
    place,
  );
  const categories = [
    'cluster-autoscaler',
    'guard',
    'kube-apiserver',
    'kube-audit-admin',
    'kube-controller-manager',
    'kube-scheduler',
  ];
  new DiagnosticSetting(
    name('logs'),
    {
      name: 'control-plane',
      resourceUri: aks.id,
      workspaceId: workspace.id,
      logAnalyticsDestinationType: 'Dedicated',
      logs: categories.map((category) => ({ category, enabled: true })),
    },
    place,
  );
}

/** Reads address and authority from the kubeconfig that AKS hands out, and leaves its interactive login out. */
export function accessTo(
  { place, options }: AzureContext,
  group: ResourceGroup,
  cluster: ManagedCluster,
): ClusterAccess {
  const credentials = listManagedClusterUserCredentialsOutput(
    { resourceGroupName: group.name, resourceName: cluster.name, format: 'exec' },
    { provider: place.provider },
  );
  const text = credentials.kubeconfigs.apply(([first]) => Buffer.from(first?.value ?? '', 'base64').toString());
  const field = (key: string) =>
    pulumi.unsecret(text.apply((yaml) => new RegExp(`${key}:\\s*(\\S+)`).exec(yaml)?.[1] ?? ''));
  const server = field('server');
  const certificateAuthority = field('certificate-authority-data');
  const name = cluster.name;
  const exec: ClusterAccess['exec'] = {
    command: 'kubelogin',
    args: ['get-token', '--login', options.login ?? 'azurecli', '--server-id', AKS_APPLICATION],
    interactiveMode: 'Never',
  };
  return { name, server, certificateAuthority, exec };
}

function tenthAddress(cidr: string): string {
  const range = parseCidr(cidr) ?? { base: 0, prefix: 0 };
  return partOf(range, 32, 10).slice(0, -'/32'.length);
}
