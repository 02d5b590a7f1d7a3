import { at, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { formatTaint, type Labels, type Taint, tolerationFor, untolerated } from '../model/kubernetes.ts';
import type { FabricModel, NodeShape, PoolModel } from '../model/platform-model.ts';
import type { Placement } from './pods.ts';

/** What a pool of nodes shows to the scheduler; the system pool fits too. */
export interface NodeGroup {
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  readonly node: NodeShape;
  readonly zone?: string;
  readonly resources?: Readonly<Record<string, number>>;
  readonly fabric?: FabricModel;
}

/** A fact that keeps a pod off the nodes of a pool. */
export type Obstacle =
  | { readonly kind: 'taint'; readonly taint: Taint }
  | { readonly kind: 'label'; readonly key: string; readonly wanted: string; readonly found: string | undefined }
  | { readonly kind: 'affinity'; readonly term: string }
  | { readonly kind: 'device'; readonly name: string }
  | { readonly kind: 'size'; readonly name: string; readonly asked: number; readonly perNode: number };

/** Whether a pod can run on the nodes of a pool, all of it known from the model or not. */
export interface Landing {
  readonly obstacles: readonly Obstacle[];
  /** Conditions on labels that only the running node carries, such as those of node feature discovery. */
  readonly undecided: readonly string[];
}

/** Whether an empty node of the pool takes the pod, and if not, everything that keeps it off. */
export function landsOn(pod: Placement, nodes: NodeGroup): Landing {
  const undecided: string[] = [];
  const obstacles: Obstacle[] = untolerated(nodes.taints, pod.tolerations).map((taint) => ({ kind: 'taint', taint }));
  for (const [key, wanted] of Object.entries(pod.nodeSelector)) {
    const found = labelOf(nodes, key);
    if (found === 'unknown') undecided.push(`${key}=${wanted}`);
    else if (found.value !== wanted) obstacles.push({ kind: 'label', key, wanted, found: found.value });
  }
  const affinity = affinityOf(pod.nodeAffinity, nodes);
  if (affinity.outcome === 'unknown') undecided.push(affinity.term);
  if (affinity.outcome === 'no') obstacles.push({ kind: 'affinity', term: affinity.term });
  for (const [name, asked] of Object.entries(pod.devices)) {
    const perNode = nodes.resources?.[name] ?? 0;
    if (perNode === 0) obstacles.push({ kind: 'device', name });
    else if (perNode < asked) obstacles.push({ kind: 'size', name, asked, perNode });
  }
  for (const name of pod.deviceClasses ?? []) {
    if (nodes.fabric?.claimed !== true || nodes.fabric.resource !== name) obstacles.push({ kind: 'device', name });
  }
  return { obstacles, undecided };
}

/** The landing as one word: a pod that meets an obstacle stays off whatever the undecided labels turn out to be. */
export function outcomeOf(landing: Landing): 'yes' | 'no' | 'unknown' {
  if (landing.obstacles.length > 0) return 'no';
  return landing.undecided.length > 0 ? 'unknown' : 'yes';
}

/** The obstacle as a clause about the pool. */
export function describeObstacle(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'taint':
      return `the taint ${formatTaint(obstacle.taint)} is not tolerated`;
    case 'label':
      return `the node selector asks for ${obstacle.key}=${obstacle.wanted}, the pool has ${obstacle.found ?? 'no such label'}`;
    case 'affinity':
      return `the node affinity '${obstacle.term}' does not match`;
    case 'device':
      return `${obstacle.name} is not offered`;
    case 'size':
      return `${obstacle.asked} ${obstacle.name} are asked for, a node has ${obstacle.perNode}`;
  }
}

/** The smallest change to the pod that removes the obstacle. */
export function remedyFor(obstacle: Obstacle, pool: PoolModel): string {
  switch (obstacle.kind) {
    case 'taint':
      return `add the toleration ${formatToleration(obstacle.taint)}`;
    case 'label':
      return obstacle.found === undefined
        ? `drop ${obstacle.key} from the node selector`
        : `select ${obstacle.key}=${obstacle.found}`;
    case 'affinity':
      return 'change or drop the node affinity';
    case 'device':
      return `ask for ${Object.keys(pool.resources).sort().join(' or ')} instead of ${obstacle.name}`;
    case 'size':
      return `ask for at most ${obstacle.perNode} ${obstacle.name} per pod`;
  }
}

/** The toleration that accepts the taint, as one line of YAML. */
export function formatToleration(taint: Taint): string {
  const { key, operator, effect } = tolerationFor(taint);
  return `{ key: ${key}, operator: ${operator}, effect: ${effect} }`;
}

/** Domains whose labels the kubelet, the cloud or an operator puts on a node when it is there. */
const RUNTIME_DOMAINS = [
  'kubernetes.io',
  'k8s.io',
  'nvidia.com',
  'amd.com',
  'amazonaws.com',
  'cloud.google.com',
  'kubernetes.azure.com',
  'aliyun.com',
  'alibabacloud.com',
  'aliyun.accelerator',
  'karpenter.sh',
];

/** The value of a node label, absent included, or `unknown` when only the running node tells. */
function labelOf(nodes: NodeGroup, key: string): { readonly value: string | undefined } | 'unknown' {
  if (Object.hasOwn(nodes.labels, key)) return { value: nodes.labels[key] };
  if (key === 'kubernetes.io/os') return { value: 'linux' };
  if (key === 'kubernetes.io/arch') return { value: nodes.node.arch };
  if (key === 'topology.kubernetes.io/zone' && nodes.zone !== undefined) return { value: nodes.zone };
  const domain = key.slice(0, Math.max(key.indexOf('/'), 0));
  const atRunTime = RUNTIME_DOMAINS.some((known) => domain === known || domain.endsWith(`.${known}`));
  return atRunTime ? 'unknown' : { value: undefined };
}

interface Match {
  readonly outcome: 'yes' | 'no' | 'unknown';
  /** The requirement that decided, for the reader. */
  readonly term: string;
}

/** Terms are alternatives: one that matches is enough. */
function affinityOf(affinity: Json | undefined, nodes: NodeGroup): Match {
  if (affinity === undefined) return { outcome: 'yes', term: '' };
  const terms = objectsIn(at(affinity, 'nodeSelectorTerms')).map((term) => matchTerm(term, nodes));
  return (
    terms.find(({ outcome }) => outcome === 'yes') ??
    terms.find(({ outcome }) => outcome === 'unknown') ??
    terms[0] ?? { outcome: 'no', term: 'without terms' }
  );
}

/** Requirements of a term hold together; a term without any matches nothing. */
function matchTerm(term: JsonObject, nodes: NodeGroup): Match {
  const fields = objectsIn(term['matchFields']).map((field): Match => ({ outcome: 'unknown', term: format(field) }));
  const labels = objectsIn(term['matchExpressions']).map(
    (expression): Match => ({
      outcome: matchExpression(expression, nodes),
      term: format(expression),
    }),
  );
  const all = [...labels, ...fields];
  return (
    all.find(({ outcome }) => outcome === 'no') ??
    all.find(({ outcome }) => outcome === 'unknown') ??
    all[0] ?? { outcome: 'no', term: 'empty term' }
  );
}

function matchExpression(expression: JsonObject, nodes: NodeGroup): Match['outcome'] {
  const label = labelOf(nodes, String(expression['key']));
  if (label === 'unknown') return 'unknown';
  const { value } = label;
  const values = valuesOf(expression);
  switch (expression['operator']) {
    case 'In':
      return yesIf(value !== undefined && values.includes(value));
    case 'NotIn':
      return yesIf(value === undefined || !values.includes(value));
    case 'Exists':
      return yesIf(value !== undefined);
    case 'DoesNotExist':
      return yesIf(value === undefined);
    case 'Gt':
      return yesIf(compare(value, values[0], (a, b) => a > b));
    case 'Lt':
      return yesIf(compare(value, values[0], (a, b) => a < b));
    default:
      return 'no';
  }
}

function compare(
  label: string | undefined,
  bound: string | undefined,
  test: (a: bigint, b: bigint) => boolean,
): boolean {
  const isWhole = (text: string | undefined): text is string => text !== undefined && /^[+-]?\d+$/.test(text);
  return isWhole(label) && isWhole(bound) && test(BigInt(label), BigInt(bound));
}

function yesIf(condition: boolean): Match['outcome'] {
  return condition ? 'yes' : 'no';
}

function valuesOf(expression: JsonObject): readonly string[] {
  const values = expression['values'];
  return Array.isArray(values) ? values.map(String) : [];
}

function format(expression: JsonObject): string {
  const values = valuesOf(expression);
  return `${expression['key']} ${expression['operator']}${values.length === 0 ? '' : ` [${values.join(', ')}]`}`;
}
