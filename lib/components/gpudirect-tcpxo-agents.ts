import type { Manifest } from '../model/kubernetes.ts';
import type { PoolModel } from '../model/platform-model.ts';
import { TCPXO } from '../model/tcpxo.ts';
import { nodeAgent, PAUSE } from './gke-node-agents.ts';

/** PCI vendor and device of the network cards whose registers a worker writes to. */
const CARD = '1ae0:0084';

/**
 * What has to be true of a node before the daemon starts: the kernel shares the memory of GPUs with the network cards, and
 * the registers of these are where a container can be given them. GKE's image has all programs that this calls.
 *
 * @see https://github.com/GoogleCloudPlatform/container-engine-accelerators/blob/992db81257553607f1477945f1b3219632991829/gpudirect-tcpxo/nccl-tcpxo-installer.yaml
 */
const PREPARE = `set -e
iptables -C INPUT -p tcp -j ACCEPT 2> /dev/null || iptables -I INPUT -p tcp -j ACCEPT
modprobe import-helper
for card in $(lspci -nn -D | grep ${CARD} | cut -d ' ' -f 1); do
  place=${TCPXO.apertures}/$card
  mkdir -p $place
  grep -q " $place " /proc/mounts || mount --bind $(readlink -f /sys/bus/pci/devices/$card) $place
done
chmod -R a+r ${TCPXO.apertures}
chmod a+rw ${TCPXO.apertures}/*/resource*
`;

/**
 * The marker comes last, and that of another release is gone before: it is what daemons wait for. What is there already may
 * be in use, and is left alone.
 */
const INSTALL = `set -e
libraries=/usr/local/nvidia/lib64
[ ! -e $libraries/${TCPXO.marker} ] || exit 0
mkdir -p $libraries
rm -f $libraries/${TCPXO.marker.replace(TCPXO.version, '*')}
chmod 755 /scripts/container_entry.sh
/scripts/container_entry.sh install --install-nccl
cp -r /var/lib/tcpxo/lib64/. $libraries
touch $libraries/${TCPXO.marker}
`;

/** Prepares each node and puts the plug-in among the libraries that GKE mounts into every container with GPUs. */
export function pluginInstaller(namespace: string, pools: readonly PoolModel[]): Manifest {
  const step = (name: string, command: readonly string[]) => ({
    name,
    image: TCPXO.plugin,
    command: [...command],
    resources: { requests: { cpu: '150m' } },
    securityContext: { privileged: true },
  });
  return nodeAgent('nccl-plugin-installer', namespace, pools, {
    // For the namespaces of the node's first process.
    hostPID: true,
    initContainers: [
      step('prepare', ['nsenter', '--target', '1', '--all', '--', 'sh', '-c', PREPARE]),
      {
        ...step('install', ['bash', '-c', INSTALL]),
        volumeMounts: [
          { name: 'work', mountPath: '/var/lib' },
          { name: 'driver', mountPath: '/usr/local/nvidia' },
        ],
      },
    ],
    containers: [PAUSE],
    volumes: [
      { name: 'work', hostPath: { path: '/var/lib' } },
      { name: 'driver', hostPath: { path: TCPXO.driverFolder } },
    ],
  });
}

/**
 * Gives a container the devices that an annotation of its pod names. It is a plug-in of the container runtime.
 *
 * @see https://github.com/GoogleCloudPlatform/container-engine-accelerators/tree/992db81257553607f1477945f1b3219632991829/nri_device_injector
 */
export function deviceInjector(namespace: string, pools: readonly PoolModel[]): Manifest {
  return nodeAgent('device-injector', namespace, pools, {
    containers: [
      {
        name: 'device-injector',
        image: TCPXO.injector,
        resources: { requests: { cpu: '150m' } },
        securityContext: { privileged: true },
        volumeMounts: [
          { name: 'dev', mountPath: '/dev' },
          { name: 'nri', mountPath: '/var/run/nri' },
        ],
      },
    ],
    volumes: [
      { name: 'dev', hostPath: { path: '/dev' } },
      { name: 'nri', hostPath: { path: '/var/run/nri' } },
    ],
  });
}
