import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { type Labels, type PodTemplate, podTemplatesOf, stringMap, type Toleration } from '../model/kubernetes.ts';
import type { AgentModel, ClusterModel } from '../model/platform-model.ts';
import { type Nano, parseQuantity, wholeUnits } from '../model/quantity.ts';
import { objectsOfKind } from './objects.ts';

/** Everything about a pod that decides on which nodes it may run. */
export interface Placement {
  readonly tolerations: readonly Toleration[];
  readonly nodeSelector: Labels;
  /** The required node affinity, as it stands in the pod spec. */
  readonly nodeAffinity?: Json;
  /** Extended resources that the pod asks for, by name. */
  readonly devices: Readonly<Record<string, number>>;
  /** Classes of the devices that it claims. @default - none */
  readonly deviceClasses?: readonly string[];
}

/** A pod template that stands in an object of the cluster. */
export interface ClusterPod extends Placement {
  /** Construct path of the object. */
  readonly path: string;
  /** The template as a reader would call it, such as `task 'worker' of Job 'resnet'`. */
  readonly title: string;
  readonly kind: string;
  readonly namespace: string;
  /** The template itself. */
  readonly template: PodTemplate;
  /** What one pod asks for, as the scheduler counts it. */
  readonly requests: ReadonlyMap<string, Nano>;
  /** Whether it asks for devices by resource claim, which the model does not count. */
  readonly claims: boolean;
  /** Whether one of its claims is not described in the program, or is for devices that no pool is known to have. */
  readonly claimsUnknown: boolean;
}

/** Half of the rules ask for the pods of the same cluster. */
const known = new WeakMap<ClusterModel, readonly ClusterPod[]>();

/** Every pod template in the objects of the cluster. Pods that charts and operators make are agents, not these. */
export function podsOf(cluster: ClusterModel): readonly ClusterPod[] {
  const before = known.get(cluster);
  if (before !== undefined) return before;
  const pods = readPods(cluster);
  known.set(cluster, pods);
  return pods;
}

function readPods(cluster: ClusterModel): readonly ClusterPod[] {
  const offered = cluster.pools.flatMap(({ fabric }) => (fabric.claimed === true ? [fabric.resource] : []));
  return cluster.units.flatMap((unit) =>
    unit.objects.flatMap(({ path, manifest }) =>
      podTemplatesOf(manifest).map((template): ClusterPod => {
        const { part, spec } = template;
        const object = `${manifest.kind} '${manifest.metadata.name}'`;
        const requests = requestsOf(spec);
        const namespace = manifest.metadata.namespace ?? 'default';
        const classes = objectsIn(spec['resourceClaims']).map((claim) => classesOf(claim, namespace, cluster));
        return {
          path,
          title: part === 'pod' ? object : `${manifest.kind === 'Job' ? 'task' : 'part'} '${part}' of ${object}`,
          kind: manifest.kind,
          namespace,
          template,
          requests,
          claims: classes.length > 0,
          claimsUnknown: classes.some((some) => some?.every((one) => offered.includes(one)) !== true),
          ...placementOf(spec, requests),
          deviceClasses: classes.flatMap((some) => some ?? []),
        };
      }),
    ),
  );
}

/** The classes of the devices that a claim asks for, by its template in the same namespace; nothing when there is none. */
function classesOf(claim: JsonObject, namespace: string, cluster: ClusterModel): readonly string[] | undefined {
  const name = claim['resourceClaimTemplateName'];
  const template = objectsOfKind(cluster, 'resource.k8s.io', 'ResourceClaimTemplate').find(
    ({ manifest: { metadata } }) => metadata.name === name && (metadata.namespace ?? 'default') === namespace,
  );
  if (template === undefined) return undefined;
  const requests = objectsIn(at(template.manifest['spec'], 'spec', 'devices', 'requests'));
  const classes = requests.map((request) => at(request, 'exactly', 'deviceClassName'));
  return classes.every((one): one is string => typeof one === 'string') ? classes : undefined;
}

/** Those in the namespaces of tenants. */
export function podsOfTenants(cluster: ClusterModel): readonly ClusterPod[] {
  const namespaces = new Set(cluster.tenants.map(({ namespace }) => namespace));
  return podsOf(cluster).filter(({ namespace }) => namespaces.has(namespace));
}

/** The agents of every component of the cluster. */
export function agentsOf(cluster: ClusterModel): readonly AgentModel[] {
  return cluster.components.flatMap((component) => component.agents);
}

/** Where an agent may run; agents ask for no devices. */
export function placementOfAgent(agent: AgentModel): Placement {
  return { tolerations: agent.tolerations, nodeSelector: agent.nodeSelector, devices: {} };
}

/** Whether the pod is one of the node agents that may tolerate what they do not use: a DaemonSet beside an operator. */
export function isNodeAgent(pod: ClusterPod, cluster: ClusterModel): boolean {
  return pod.kind === 'DaemonSet' && cluster.components.some((component) => component.namespace === pod.namespace);
}

/**
 * What a pod asks for, as the scheduler counts it: the containers that run together, sidecars included, or the largest
 * moment of the init containers, whichever is more. A limit counts as the request where no request is given.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function requestsOf(spec: JsonObject): ReadonlyMap<string, Nano> {
  let sidecars = NOTHING;
  let starting = NOTHING;
  for (const init of objectsIn(spec['initContainers'])) {
    const asked = amountsOf(init['resources']);
    starting = larger(starting, sum(sidecars, asked));
    if (init['restartPolicy'] === 'Always') sidecars = sum(sidecars, asked);
  }
  const running = objectsIn(spec['containers'])
    .map((container) => amountsOf(container['resources']))
    .reduce(sum, sidecars);
  // Requests of the pod as a whole stand above those of its containers; the overhead of a runtime class is on top.
  const asked = amountsOf(spec['resources'], larger(running, starting));
  return sum(asked, quantities(spec['overhead']));
}

function placementOf(spec: JsonObject, requests: Amounts): Placement {
  const nodeAffinity = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return {
    tolerations: objectsIn(spec['tolerations']).map(readToleration),
    nodeSelector: stringMap(spec['nodeSelector']),
    ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
    devices: Object.fromEntries(
      [...requests]
        .filter(([name, amount]) => isExtended(name) && amount > 0n)
        .map(([name, n]) => [name, wholeUnits(n)]),
    ),
  };
}

/** In a manifest an empty key, operator or effect means the same as none. */
function readToleration(item: JsonObject): Toleration {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== '')) as Toleration;
}

/** Whether Kubernetes treats the name as that of a device which only a node can advertise. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/');
}

type Amounts = ReadonlyMap<string, Nano>;
const NOTHING: Amounts = new Map();

function amountsOf(resources: Json | undefined, under: Amounts = NOTHING): Amounts {
  return quantities(at(resources, 'requests'), quantities(at(resources, 'limits'), under));
}

/** The quantities of a map laid over others; what is no quantity is left out. */
function quantities(value: Json | undefined, under: Amounts = NOTHING): Amounts {
  if (!isJsonObject(value)) return under;
  const amounts = new Map(under);
  for (const [name, text] of Object.entries(value)) {
    const amount = typeof text === 'string' || typeof text === 'number' ? parseQuantity(text) : undefined;
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

function sum(a: Amounts, b: Amounts): Amounts {
  if (b.size === 0) return a;
  const total = new Map(a);
  for (const [name, amount] of b) total.set(name, (a.get(name) ?? 0n) + amount);
  return total;
}

function larger(a: Amounts, b: Amounts): Amounts {
  if (b.size === 0) return a;
  const most = new Map(a);
  for (const [name, amount] of b) {
    const other = a.get(name) ?? 0n;
    most.set(name, amount > other ? amount : other);
  }
  return most;
}
