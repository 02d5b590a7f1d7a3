import type { GpuOperatorValues } from '../../imports/charts/gpu-operator.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { CloudId, PoolModel } from '../model/platform-model.ts';
import { criticalPods, nodeAgent, PAUSE } from './gke-node-agents.ts';

/** Where Container-Optimized OS lets a driver be installed. */
const COS_DRIVER = '/home/kubernetes/bin/nvidia';

/**
 * What the GPU Operator has to be told of nodes on which the cloud brings the driver. Nothing on EKS, whose images follow
 * the operator's own defaults, nor on ACK.
 *
 * @see https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/google-gke.html
 * @see https://github.com/MicrosoftDocs/azure-aks-docs/blob/main/articles/aks/nvidia-gpu-operator.md
 */
const HOSTS: Readonly<Partial<Record<CloudId, GpuOperatorValues>>> = {
  gcp: {
    hostPaths: { driverInstallDir: COS_DRIVER },
    toolkit: {
      enabled: true,
      installDir: COS_DRIVER,
      // From GKE 1.33 on the toolkit would read a configuration into which its own was merged already.
      env: [{ name: 'RUNTIME_CONFIG_SOURCE', value: 'file' }],
    },
    // A GPU is repartitioned only after a restart of the node.
    migManager: { env: [{ name: 'WITH_REBOOT', value: 'true' }] },
  },
  azure: { operator: { runtimeClass: 'nvidia-container-runtime' } },
};

/** The values for the nodes of the pools. */
export function hostValues(cloud: CloudId, pools: readonly PoolModel[]): GpuOperatorValues {
  return pools.some((pool) => pool.driver === 'operator') ? {} : (HOSTS[cloud] ?? {});
}

/** What the namespace of the operator needs on the cloud beside its chart. */
export function hostObjects(cloud: CloudId, pools: readonly PoolModel[], namespace: string): readonly Manifest[] {
  if (cloud !== 'gcp') return [];
  const onCos = pools.filter((pool) => pool.driver === 'cloud');
  return [criticalPods(namespace), ...(onCos.length === 0 ? [] : [driverInstaller(namespace, onCos)])];
}

/**
 * GKE installs its driver together with its device plugin; where the operator brings the device plugin, this starts the
 * installer, which lies on every node of Container-Optimized OS.
 *
 * @see https://github.com/GoogleCloudPlatform/container-engine-accelerators/tree/master/nvidia-driver-installer/cos
 */
function driverInstaller(namespace: string, pools: readonly PoolModel[]): Manifest {
  const mounts = [
    { name: 'driver', hostPath: COS_DRIVER, mountPath: '/usr/local/nvidia' },
    { name: 'vulkan', hostPath: `${COS_DRIVER}/vulkan/icd.d`, mountPath: '/etc/vulkan/icd.d' },
    { name: 'dev', hostPath: '/dev', mountPath: '/dev' },
    { name: 'root', hostPath: '/', mountPath: '/root' },
    { name: 'cos-tools', hostPath: '/var/lib/cos-tools', mountPath: '/build/cos-tools' },
  ];
  const env = {
    NVIDIA_INSTALL_DIR_HOST: COS_DRIVER,
    NVIDIA_INSTALL_DIR_CONTAINER: '/usr/local/nvidia',
    VULKAN_ICD_DIR_HOST: `${COS_DRIVER}/vulkan/icd.d`,
    VULKAN_ICD_DIR_CONTAINER: '/etc/vulkan/icd.d',
    ROOT_MOUNT_DIR: '/root',
    COS_TOOLS_DIR_HOST: '/var/lib/cos-tools',
    COS_TOOLS_DIR_CONTAINER: '/build/cos-tools',
  };
  return nodeAgent('nvidia-driver-installer', namespace, pools, {
    hostNetwork: true,
    hostPID: true,
    initContainers: [
      {
        name: 'install',
        image: 'cos-nvidia-installer:fixed',
        imagePullPolicy: 'Never',
        command: ['sh', '-c', 'lsmod | grep -q ^nvidia || exec /cos-gpu-installer install'],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        resources: { requests: { cpu: '150m' } },
        securityContext: { privileged: true },
        volumeMounts: mounts.map(({ name, mountPath }) => ({ name, mountPath })),
      },
    ],
    containers: [PAUSE],
    volumes: mounts.map(({ name, hostPath }) => ({ name, hostPath: { path: hostPath } })),
  });
}
