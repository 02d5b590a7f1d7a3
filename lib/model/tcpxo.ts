import type { FabricNeeds } from './fabric.ts';
import type { JsonObject } from './json.ts';
import type { Labels } from './kubernetes.ts';

/**
 * GPUDirect-TCPXO on Google Kubernetes Engine: what Google's manifests of June 2026, its release notes and the sources of
 * plug-in and daemon say. A daemon beside each worker hands the memory of the GPUs to the network cards.
 *
 * @see https://github.com/GoogleCloudPlatform/container-engine-accelerators/tree/992db81257553607f1477945f1b3219632991829/gpudirect-tcpxo
 * @see https://github.com/google/nccl-plugin-gpudirect-tcpxo
 */
export const TCPXO = {
  /** Version of the plug-in for NCCL; NCCL itself, 2.28.7, comes with it. */
  version: 'v1.0.15',
  /** The plug-in with its installer. */
  plugin: 'us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/nccl-plugin-gpudirecttcpx-dev:v1.0.15',
  /** What gives containers the devices that an annotation names. */
  injector:
    'gcr.io/gke-release/nri-device-injector@sha256:6e79483d52abdc28454bf186320b10a56b0f117a10e8d65d5c74dbb821a76970',
  /** The daemon of the same release. */
  daemon: 'us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.21',
  /** Where the driver of GKE lies on the nodes; GKE mounts it at `/usr/local/nvidia` into containers that ask for GPUs. */
  driverFolder: '/home/kubernetes/bin/nvidia',
  /** Registers of the network cards, one folder for each; the installer makes it. */
  apertures: '/dev/aperture_devices',
  /** What the installer leaves among the libraries when all of them are there. */
  marker: '.gpudirect-tcpxo-v1.0.15',
} as const;

/** Name of the daemon's container, by which it is given its devices. */
export const TCPXO_DAEMON = 'tcpxo-daemon';

/** Capabilities of the daemon, which also is root and writes settings of its network. */
export const TCPXO_CAPABILITIES = ['NET_ADMIN', 'NET_BIND_SERVICE'] as const;

/** Folders of the node that the daemon sees, and of which the worker sees the registers, by the names of their volumes. */
const FOLDERS = {
  'tcpxo-libraries': `${TCPXO.driverFolder}/lib64`,
  'tcpxo-sys': '/sys',
  'tcpxo-proc-sys': '/proc/sys',
  'tcpxo-apertures': TCPXO.apertures,
};
export const TCPXO_FOLDERS: readonly string[] = Object.values(FOLDERS);

/** Annotation by which a pod of GKE asks for further networks. */
export const GKE_INTERFACES = 'networking.gke.io/interfaces';

/** Name of the VPC behind a network of the cluster, and of its one subnet. */
export function vpcOf(cluster: string, network: string): string {
  return `${cluster}-${network}`;
}

/**
 * What the daemon takes of a node beside the worker. Google names no figure: the data does not pass through it, but it has
 * a context on every GPU.
 */
const DAEMON = { cpuMillis: 2000, memoryMiB: 8192 };

/** Folder of the libraries in the container of a worker, and in that of the daemon. */
const LIBRARIES = '/usr/local/nvidia/lib64';

/** File that the daemon writes once it has taken over all GPUs and network cards. */
const READY = '/run/health-check';

/**
 * The settings of NCCL that the plug-in's own profile (`nccl-env-profile.sh`) exports; with others its checker ends the
 * program. LD_LIBRARY_PATH comes in place of the image's own, so that NCCL is the one that came with the plug-in.
 */
const PROFILE: Labels = {
  LD_LIBRARY_PATH: LIBRARIES,
  NCCL_BUFFSIZE: '8388608',
  NCCL_CROSS_NIC: '0',
  NCCL_DEBUG: 'WARN',
  NCCL_DEBUG_SUBSYS: 'INIT,NET,ENV,COLL,GRAPH',
  NCCL_FASTRAK_CTRL_DEV: 'eth0',
  NCCL_FASTRAK_ENABLE_CONTROL_CHANNEL: '0',
  NCCL_FASTRAK_ENABLE_HOTPATH_LOGGING: '0',
  // Not of the profile: where a pod without privileges finds the registers.
  NCCL_FASTRAK_LLCM_DEVICE_DIRECTORY: TCPXO.apertures,
  NCCL_FASTRAK_NUM_FLOWS: '2',
  NCCL_FASTRAK_PLUGIN_ACCEPT_TIMEOUT_MS: '600000',
  NCCL_FASTRAK_USE_LLCM: '1',
  NCCL_FASTRAK_USE_SNAP: '1',
  NCCL_MIN_NCHANNELS: '4',
  NCCL_NET_GDR_LEVEL: 'PIX',
  NCCL_NVLSTREE_MAX_CHUNKSIZE: '131072',
  NCCL_P2P_NET_CHUNKSIZE: '524288',
  NCCL_P2P_NVL_CHUNKSIZE: '1048576',
  NCCL_P2P_PCI_CHUNKSIZE: '524288',
  NCCL_PROTO: 'Simple,LL128',
  NCCL_SHIMNET_GUEST_CONFIG_CHECKER_CONFIG_FILE: `${LIBRARIES}/a3plus_guest_config.textproto`,
  NCCL_SOCKET_IFNAME: 'eth0',
  NCCL_TUNER_CONFIG_PATH: `${LIBRARIES}/a3plus_tuner_config.textproto`,
  NCCL_TUNER_PLUGIN: 'libnccl-tuner.so',
};

/** What a worker that has a whole node needs; the node has as many GPUs as networks. */
export function tcpxoNeeds(networks: readonly string[]): Pick<FabricNeeds, 'annotations' | 'env' | 'sidecar'> {
  const gpus = networks.map((_, index) => index);
  const interfaces = networks.map((network, index) => ({ interfaceName: `eth${index + 1}`, network }));
  return {
    annotations: {
      [`devices.gke.io/container.${TCPXO_DAEMON}`]: [
        ...gpus.map((index) => `/dev/nvidia${index}`),
        '/dev/nvidiactl',
        '/dev/nvidia-uvm',
        '/dev/dmabuf_import_helper',
      ]
        .map((path) => `- path: ${path}\n`)
        .join(''),
      'networking.gke.io/default-interface': 'eth0',
      [GKE_INTERFACES]: JSON.stringify([{ interfaceName: 'eth0', network: 'default' }, ...interfaces]),
    },
    env: {
      ...PROFILE,
      CUDA_VISIBLE_DEVICES: gpus.join(','),
      NCCL_FASTRAK_IFNAME: interfaces.map(({ interfaceName }) => interfaceName).join(','),
    },
    sidecar: {
      container: daemon(),
      requests: DAEMON,
      // A folder that is not there must not be made: it would be empty.
      volumes: Object.entries(FOLDERS).map(([name, path]) => ({ name, hostPath: { path, type: 'Directory' } })),
      mounts: [{ name: 'tcpxo-apertures', mountPath: TCPXO.apertures }],
    },
  };
}

/**
 * The daemon ends with the worker. It waits for the plug-in of its release, and the worker waits for it: on a new node both
 * would else be late without a word, and NCCL would fall back to TCP.
 */
function daemon(): JsonObject {
  const amounts = { cpu: String(DAEMON.cpuMillis / 1000), memory: `${DAEMON.memoryMiB}Mi` };
  return {
    name: TCPXO_DAEMON,
    image: TCPXO.daemon,
    restartPolicy: 'Always',
    command: [
      'bash',
      '-c',
      `until [ -e ${LIBRARIES}/${TCPXO.marker} ]; do sleep 2; done
chmod 755 /fts/entrypoint_rxdm_container.sh
exec /fts/entrypoint_rxdm_container.sh --num_hops=2
`,
    ],
    env: [
      { name: 'LD_LIBRARY_PATH', value: LIBRARIES },
      { name: 'HEALTH_CHECK_LOG_FILE', value: READY },
    ],
    resources: { requests: amounts, limits: amounts },
    securityContext: { runAsNonRoot: false, runAsUser: 0, capabilities: { add: [...TCPXO_CAPABILITIES] } },
    // Half a minute for the daemon itself, and ten for the installer on a node that has just come.
    startupProbe: { exec: { command: ['cat', READY] }, periodSeconds: 5, failureThreshold: 126 },
    volumeMounts: [
      { name: 'tcpxo-libraries', mountPath: LIBRARIES, readOnly: true },
      { name: 'tcpxo-sys', mountPath: '/hostsysfs' },
      { name: 'tcpxo-proc-sys', mountPath: '/hostprocsysfs' },
    ],
  };
}
