import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { type Labels, type Manifest, type PodTemplate, stringMap, type Toleration } from '../model/kubernetes.ts';
import type { AgentModel, ClusterModel } from '../model/platform-model.ts';
import { type FoundTemplate, podTemplatesIn } from '../model/pod-templates.ts';
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
  /** The object that it stands in. */
  readonly manifest: Manifest;
  /** The template itself. */
  readonly template: PodTemplate;
  /** Whether it asks for devices by resource claim, which the model does not count. */
  readonly claims: boolean;
  /** Whether one of its claims is not described in the program, or is for devices that no pool is known to have. */
  readonly claimsUnknown: boolean;
}

/** The pods of a cluster, and those that most rules are about: on a large platform few pods of many. */
interface Pods {
  readonly all: readonly ClusterPod[];
  readonly asking: readonly ClusterPod[];
  readonly tolerating: readonly ClusterPod[];
}

/** Half of the rules ask for the pods of the same cluster. */
const known = new WeakMap<ClusterModel, Pods>();

function podsIn(cluster: ClusterModel): Pods {
  const pods = known.get(cluster) ?? readPods(cluster);
  known.set(cluster, pods);
  return pods;
}

/** Every pod template in the objects of the cluster. Pods that charts and operators make are agents, not these. */
export function podsOf(cluster: ClusterModel): readonly ClusterPod[] {
  return podsIn(cluster).all;
}

/** Those that ask for devices, by name or by a claim. */
export function podsWithDevices(cluster: ClusterModel): readonly ClusterPod[] {
  return podsIn(cluster).asking;
}

/** Those with tolerations: no other gets past a taint. */
export function podsWithTolerations(cluster: ClusterModel): readonly ClusterPod[] {
  return podsIn(cluster).tolerating;
}

function readPods(cluster: ClusterModel): Pods {
  const [all, asking, tolerating]: [ClusterPod[], ClusterPod[], ClusterPod[]] = [[], [], []];
  for (const { objects } of cluster.units) {
    for (const found of podTemplatesIn(objects)) {
      const pod = readPod(found, cluster);
      all.push(pod);
      if (asksForDevices(pod)) asking.push(pod);
      if (pod.tolerations.length > 0) tolerating.push(pod);
    }
  }
  return { all, asking, tolerating };
}

function readPod({ object: { path, manifest }, template }: FoundTemplate, cluster: ClusterModel): ClusterPod {
  const { part, spec, notes } = template;
  const { kind, metadata } = manifest;
  const { name, namespace = 'default' } = metadata;
  const object = `${kind} '${name}'`;
  return {
    ...placementOf(spec, notes.asksForMore ? devicesOf(spec) : NO_DEVICES),
    ...claimsOf(spec, namespace, cluster),
    path,
    title: part === 'pod' ? object : `${kind === 'Job' ? 'task' : 'part'} '${part}' of ${object}`,
    kind,
    namespace,
    manifest,
    template,
  };
}

/** What a pod asks for by claims. */
type Claims = Pick<ClusterPod, 'claims' | 'claimsUnknown' | 'deviceClasses'>;

const NO_CLAIMS: Claims = { claims: false, claimsUnknown: false, deviceClasses: [] };

function claimsOf(spec: JsonObject, namespace: string, cluster: ClusterModel): Claims {
  const claims = objectsIn(spec['resourceClaims']);
  if (claims.length === 0) return NO_CLAIMS;
  const offered = cluster.pools.flatMap(({ fabric }) => (fabric.claimed === true ? [fabric.resource] : []));
  const classes = claims.map((claim) => classesOf(claim, namespace, cluster));
  return {
    claims: true,
    claimsUnknown: classes.some((some) => some?.every((one) => offered.includes(one)) !== true),
    deviceClasses: classes.flatMap((some) => some ?? []),
  };
}

/** Whether the pod asks for any device, by name or by a claim. */
export function asksForDevices({ devices, claims }: ClusterPod): boolean {
  return claims || Object.keys(devices).length > 0;
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
  const running: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const init of objectsIn(spec['initContainers'])) {
    const asked = amountsOf(init['resources']);
    const beside = new Map(running);
    addAll(beside, asked);
    for (const [name, amount] of beside) if (amount > (starting.get(name) ?? 0n)) starting.set(name, amount);
    if (init['restartPolicy'] === 'Always') addAll(running, asked);
  }
  for (const container of objectsIn(spec['containers'])) addAll(running, amountsOf(container['resources']));
  for (const [name, amount] of starting) if (amount > (running.get(name) ?? 0n)) running.set(name, amount);
  // Requests of the pod as a whole stand above those of its containers; the overhead of a runtime class is on top.
  for (const [name, amount] of amountsOf(spec['resources'])) running.set(name, amount);
  addAll(running, readInto(new Map(), spec['overhead']));
  return running;
}

/** Where pods of the spec may run. */
export function placementOf(spec: JsonObject, devices = devicesOf(spec)): Placement {
  const nodeAffinity = at(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  const placement = {
    tolerations: objectsIn(spec['tolerations']).map(readToleration),
    nodeSelector: stringMap(spec['nodeSelector']),
    devices,
  };
  return nodeAffinity === undefined ? placement : { ...placement, nodeAffinity };
}

const NO_DEVICES: Readonly<Record<string, number>> = {};

function devicesOf(spec: JsonObject): Readonly<Record<string, number>> {
  const amounts = [...requestsOf(spec)].filter(([name, amount]) => isExtended(name) && amount > 0n);
  return amounts.length === 0 ? NO_DEVICES : Object.fromEntries(amounts.map(([name, n]) => [name, wholeUnits(n)]));
}

/** In a manifest an empty key, operator or effect means the same as none. */
function readToleration(item: JsonObject): Toleration {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== '')) as Toleration;
}

/** Whether Kubernetes treats the name as that of a device which only a node can advertise. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/');
}

type Amounts = Map<string, Nano>;

/** What a container asks for: its requests, and its limits where it has no request. */
function amountsOf(resources: Json | undefined): Amounts {
  return readInto(readInto(new Map(), at(resources, 'limits')), at(resources, 'requests'));
}

/** Adds the quantities of a map to others, in place of those of the same name; what is no quantity is left out. */
function readInto(amounts: Amounts, value: Json | undefined): Amounts {
  if (!isJsonObject(value)) return amounts;
  for (const name of Object.keys(value)) {
    const text = value[name];
    const amount = typeof text === 'string' || typeof text === 'number' ? parseQuantity(text) : undefined;
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

function addAll(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0n) + amount);
}
