import { getClusterCredentialOutput } from '@pulumi/alicloud/cs/getClusterCredential.js';
import { getKubernetesVersionOutput } from '@pulumi/alicloud/cs/getKubernetesVersion.js';
import { KubernetesPermission } from '@pulumi/alicloud/cs/kubernetesPermission.js';
import { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import * as pulumi from '@pulumi/pulumi';
import type { ClusterAccess } from '../../render/pulumi/kubeconfig.ts';
import { cloudProblem } from '../problems.ts';
import type { AlibabaContext } from './pulumi-context.ts';
import type { AlibabaNetwork } from './pulumi-network.ts';

/** Days for which the logs of the control plane are kept. */
const LOG_DAYS = '90';
/** The least that a credential may live which is asked for only because the authority of the cluster comes with it. */
const CREDENTIAL_MINUTES = 15;

/** The control plane: private, everything logged, with a network that enforces NetworkPolicies. */
export function makeControlPlane(context: AlibabaContext, network: AlibabaNetwork): ManagedKubernetes {
  const { cluster, name, options, place, settings, tags } = context;
  const { secretsKey, deletionProtection = true } = options;
  return new ManagedKubernetes(
    name('cluster'),
    {
      name: cluster.name,
      version: releaseOf(context),
      // The labels by which GPUs are scheduled need the professional edition.
      clusterSpec: 'ack.pro.small',
      vswitchIds: [...network.nodeSwitchIds],
      podVswitchIds: [...network.podSwitchIds],
      serviceCidr: settings.serviceCidr,
      newNatGateway: false,
      slbInternetEnabled: false,
      isEnterpriseSecurityGroup: true,
      enableRrsa: true,
      addons: addonsOf(context),
      controlPlaneLogComponents: ['apiserver', 'ccm', 'controlplane-events', 'kcm', 'scheduler'],
      controlPlaneLogTtl: LOG_DAYS,
      auditLogConfig: { enabled: true },
      ...(secretsKey === undefined ? {} : { encryptionProviderKey: secretsKey }),
      deletionProtection,
      // Load balancers that are left over would keep the network from being deleted.
      deleteOptions: [
        { resourceType: 'SLB', deleteMode: 'delete' },
        { resourceType: 'ALB', deleteMode: 'delete' },
      ],
      // Without it the state would hold a certificate that administrates the cluster.
      skipSetCertificateAuthority: true,
      tags,
    },
    {
      ...place,
      dependsOn: [...network.egress],
      // Add-ons are read when the cluster is made; a release that nobody named stays what it was then.
      ignoreChanges: ['addons', ...(settings.release === undefined ? ['version'] : [])],
    },
  );
}

function addonsOf({ settings: { services } }: AlibabaContext) {
  return [
    { name: 'terway-eniip', config: JSON.stringify({ NetworkPolicy: 'true' }) },
    { name: 'csi-plugin' },
    { name: 'csi-provisioner' },
    { name: 'nginx-ingress-controller', disabled: true },
    ...(services.includes('objectStore') ? [{ name: 'ack-pod-identity-webhook' }] : []),
  ];
}

/** The release that is named, or the newest of the minor version. */
function releaseOf({ cluster, place, settings }: AlibabaContext): pulumi.Input<string> {
  if (settings.release !== undefined) return settings.release;
  const { kubernetesVersion, path } = cluster;
  const { metadatas } = getKubernetesVersionOutput({ clusterType: 'ManagedKubernetes' }, { provider: place.provider });
  return metadatas.apply((known) => {
    const newest = known.find(({ version }) => version.startsWith(`${kubernetesVersion}.`));
    if (newest !== undefined) return newest.version;
    const offered = known.map(({ version }) => version).join(', ');
    throw cloudProblem('name', path, `ACK has no release of Kubernetes ${kubernetesVersion}`, `It has ${offered}.`);
  });
}

/** Lets the administrators in. */
export function makeAdministrators({ name, place, options }: AlibabaContext, cluster: ManagedKubernetes): void {
  for (const [who, uid] of Object.entries(options.administrators ?? {})) {
    new KubernetesPermission(
      name(`admin-${who}`),
      { uid, permissions: [{ cluster: cluster.id, roleType: 'cluster', roleName: 'admin' }] },
      place,
    );
  }
}

/** @see https://aliyuncontainerservice.github.io/ack-ram-tool/credential-plugin/get-kubeconfig */
export function accessTo(
  { cluster: { name }, options, place, region }: AlibabaContext,
  cluster: ManagedKubernetes,
): ClusterAccess {
  const { profile } = options;
  const credential = getClusterCredentialOutput(
    { clusterId: cluster.id, temporaryDurationMinutes: CREDENTIAL_MINUTES },
    { provider: place.provider },
  );
  const certificateAuthority = pulumi.unsecret(credential.certificateAuthority.apply(({ clusterCert }) => clusterCert));
  const server = cluster.connections.apiServerIntranet;
  const exec: ClusterAccess['exec'] = {
    command: 'ack-ram-tool',
    args: [
      'credential-plugin',
      'get-credential',
      '--cluster-id',
      cluster.id,
      '--region-id',
      region,
      '--api-version',
      'v1beta1',
      '--log-level',
      'error',
      ...(profile === undefined ? [] : ['--profile-name', profile]),
    ],
    interactiveMode: 'Never',
  };
  return { name, server, certificateAuthority, exec };
}
