import { fabricDevices } from '../model/fabric.ts';
import { at, type Json, type JsonObject, merge, objectsIn } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { GKE_INTERFACES, TCPXO_CAPABILITIES, TCPXO_DAEMON, TCPXO_FOLDERS } from '../model/tcpxo.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { landsOn, outcomeOf } from './landing.ts';
import { objectsInNamespace, objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOfTenants } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const sec006: Policy = {
  id: 'SEC-006',
  title: 'Pods of tenants keep to the restricted level, and model servers to a root file system that nobody writes to.',
  why: 'A namespace that enforces the level refuses them. In any other a process that was taken over finds root, the host or a place for its tools.',
  source: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted',
  severity: 'error',
  check: perCluster((cluster) => podsOfTenants(cluster).flatMap((pod) => judge(pod, cluster))),
  examples: {
    passing: () => withSecurity({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }),
    failing: () => withSecurity({ allowPrivilegeEscalation: true }),
  },
};

function withSecurity(securityContext: JsonObject) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'main', securityContext }],
    },
  };
  return examplePlatform({ units: [exampleUnit(pod)] });
}

function judge(pod: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  const { path, title, template } = pod;
  const runtime = runtimeOf(pod, cluster);
  if (runtime === 'unknown') {
    return [
      unknown(
        path,
        `how the runtime of ${title} secures its container is not known`,
        'Add the ServingRuntime to the program.',
      ),
    ];
  }
  const locks = mayLockMemory(pod, cluster);
  const attached = isAttached(pod, cluster);
  const ofPod = breachesOfPod(template.spec, locks, attached);
  const ofContainers = template.containers.flatMap((container) => {
    const whole = container['modelFormat'] === undefined ? container : (merge(runtime, container) as JsonObject);
    const isDaemon = attached && container['name'] === TCPXO_DAEMON;
    const breaches = isDaemon ? breachesOfDaemon(container) : breachesOfContainer(whole, pod, locks);
    return breaches.length === 0 ? [] : [`container '${String(container['name'])}' ${breaches.join(', ')}`];
  });
  const found = [...ofPod, ...ofContainers];
  if (found.length === 0) return [];
  const fix =
    "Set runAsNonRoot, seccompProfile, allowPrivilegeEscalation: false and capabilities: { drop: ['ALL'] } as named.";
  return [fail(path, `${title} is less than restricted: ${found.join('; ')}`, fix)];
}

/** A server that names a runtime gets the container of that, with its own settings laid over. */
function runtimeOf({ kind, namespace, template }: ClusterPod, cluster: ClusterModel): JsonObject | 'unknown' {
  const [container] = objectsIn(template.spec['containers']);
  if (kind !== 'InferenceService' || container?.['modelFormat'] === undefined) return {};
  const runtimes = [
    ...objectsInNamespace(cluster, 'serving.kserve.io', 'ServingRuntime', namespace),
    ...objectsOfKind(cluster, 'serving.kserve.io', 'ClusterServingRuntime'),
  ];
  const runtime = runtimes.find(({ manifest }) => manifest.metadata.name === container['runtime']);
  return objectsIn(at(runtime?.manifest['spec'], 'containers'))[0] ?? 'unknown';
}

/** Volumes that reach nothing but the cluster's own storage and the pod itself. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const PROFILES: readonly (Json | undefined)[] = ['RuntimeDefault', 'Localhost'];

/** What the pod says is refused even where every container says otherwise. */
function breachesOfPod(spec: JsonObject, locks: boolean, attached: boolean): readonly string[] {
  const own = (...keys: readonly string[]) => at(spec, 'securityContext', ...keys);
  const profile = own('seccompProfile', 'type');
  const volumes = objectsIn(spec['volumes'])
    .filter((volume) => !attached || !TCPXO_FOLDERS.includes(String(at(volume, 'hostPath', 'path'))))
    .flatMap(({ name: _, ...sources }) => Object.keys(sources));
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC']
      .filter((member) => spec[member] === true)
      .map((member) => `it sets ${member}`),
    ...volumes.filter((kind) => !VOLUMES.includes(kind)).map((kind) => `it mounts a volume of kind ${kind}`),
    ...(!locks && (own('runAsNonRoot') === false || own('runAsUser') === 0) ? ['it may run as root'] : []),
    ...(profile === undefined || PROFILES.includes(profile) ? [] : ['it has no seccomp profile']),
  ];
}

/** GPUDirect-TCPXO calls for a daemon with rights, in a namespace that allows it (FIT-010, SEC-001); for no more than these. */
function breachesOfDaemon({ securityContext = {} }: JsonObject): readonly string[] {
  const allowed: readonly string[] = TCPXO_CAPABILITIES;
  const added = listOf(at(securityContext, 'capabilities', 'add')).filter((name) => !allowed.includes(name));
  return [
    ...(at(securityContext, 'privileged') === true ? ['is privileged'] : []),
    ...(added.length === 0 ? [] : [`adds ${added.join(' and ')}`]),
  ];
}

/** Whether the pod is one that GKE attaches to the networks of a pool. */
function isAttached(pod: ClusterPod, { pools }: ClusterModel): boolean {
  return (
    pod.template.annotations[GKE_INTERFACES] !== undefined &&
    pools.some((pool) => pool.fabric.networks !== undefined && outcomeOf(landsOn(pod, pool)) !== 'no')
  );
}

function breachesOfContainer(container: JsonObject, { kind, template }: ClusterPod, locks: boolean): readonly string[] {
  const own = (...keys: readonly string[]) => at(container, 'securityContext', ...keys);
  const either = (...keys: readonly string[]) => own(...keys) ?? at(template.spec, 'securityContext', ...keys);
  const added = listOf(own('capabilities', 'add')).filter(
    (name) => name !== 'NET_BIND_SERVICE' && !(locks && name === 'IPC_LOCK'),
  );
  const ports = objectsIn(container['ports']).filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0);
  const breaches: readonly (readonly [boolean, string])[] = [
    [own('privileged') === true, 'is privileged'],
    [!locks && (either('runAsNonRoot') !== true || own('runAsUser') === 0), 'may run as root'],
    [own('allowPrivilegeEscalation') !== false, 'may gain rights'],
    [!listOf(own('capabilities', 'drop')).includes('ALL'), 'keeps capabilities'],
    [added.length > 0, `adds ${added.join(' and ')}`],
    [!PROFILES.includes(either('seccompProfile', 'type')), 'has no seccomp profile'],
    [ports.length > 0, 'takes ports of the host'],
    [kind === 'InferenceService' && own('readOnlyRootFilesystem') !== true, 'may write to its root file system'],
  ];
  return breaches.flatMap(([isBroken, words]) => (isBroken ? [words] : []));
}

/** Direct memory access may call for root with IPC_LOCK, in a namespace that allows it (FIT-010, SEC-001). */
function mayLockMemory({ devices, deviceClasses = [] }: ClusterPod, { pools }: ClusterModel): boolean {
  return pools.some(
    ({ fabric }) =>
      fabric.lockedMemory === 'limited' &&
      [...Object.keys(devices), ...deviceClasses].some(
        (name) => name === fabric.resource || name in fabricDevices(fabric),
      ),
  );
}

function listOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
