import { at, objectsIn } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { kserveServices } from './inference-services.ts';
import { namesOfKind, objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit024: Policy = {
  id: 'FIT-024',
  title: 'The accounts, settings, priorities, runtimes and gateways that an object names are in the program.',
  why: 'The API server takes an object whose service account, settings or runtime do not exist, and its pods then never start.',
  source: 'https://kubernetes.io/docs/concepts/configuration/configmap/#configmaps-and-pods',
  severity: 'error',
  check: perCluster((cluster) => [
    ...podsOf(cluster).flatMap((pod) => namedByPod(pod).flatMap((reference) => judge(pod, reference, cluster))),
    ...judgeRuntimes(cluster),
    ...judgeRoutes(cluster),
  ]),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(namespace, account, pod('trainer'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(namespace, account, pod('triner'))] }),
  },
};

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision' } };
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'trainer', namespace: 'vision' } };

function pod(serviceAccountName: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { serviceAccountName, containers: [] },
  };
}

interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * What a pod needs to start. What is optional need not be there, and Secrets are made outside of the program for good reasons
 * (SEC-012).
 */
function namedByPod({ template: { spec, notes } }: ClusterPod): readonly Reference[] {
  const { serviceAccountName: account, priorityClassName: priority } = spec;
  const named: Reference[] = [];
  if (typeof account === 'string' && account !== 'default')
    named.push({ group: '', kind: 'ServiceAccount', name: account });
  if (typeof priority === 'string' && !priority.startsWith('system-'))
    named.push({ group: 'scheduling.k8s.io', kind: 'PriorityClass', name: priority });
  for (const name of notes.configMaps) named.push({ group: '', kind: 'ConfigMap', name });
  return named;
}

function judge(
  { path, title, namespace: home }: ClusterPod,
  { group, kind, name }: Reference,
  cluster: ClusterModel,
): readonly Verdict[] {
  const isWide = kind === 'PriorityClass';
  const there = namesOfKind(cluster, group, kind, isWide ? undefined : home);
  if (there.has(name)) return [];
  const where = isWide ? 'in the program' : `in namespace '${home}'`;
  const what = `${title} names ${kind} '${name}', which is not ${where}`;
  const others = [...there].sort().slice(0, MOST_SHOWN);
  const near = others.length === 0 ? '' : `, or name one such as ${others.map((one) => `'${one}'`).join(', ')}`;
  return [
    verdictOn(isWide ? undefined : home, cluster)(path, what, `Add it${near}; if somebody else makes it, waive this.`),
  ];
}

/** Names of a kind that a fix lists. */
const MOST_SHOWN = 5;

/** A namespace or a cluster that was there may hold more than the program shows. */
function verdictOn(home: string | undefined, cluster: ClusterModel): typeof fail {
  if (home === undefined) return cluster.cloud.id === 'existing' ? unknown : fail;
  return namesOfKind(cluster, '', 'Namespace').has(home) ? fail : unknown;
}

const SERVING = 'serving.kserve.io';

/** A runtime is in the namespace of the service, or in the cluster, where KServe's own charts may bring more. */
function judgeRuntimes(cluster: ClusterModel): readonly Verdict[] {
  return kserveServices(cluster).flatMap(({ path, title, manifest, predictor }) => {
    const name = at(predictor, 'model', 'runtime');
    const home = manifest.metadata.namespace ?? 'default';
    const there = [
      ...namesOfKind(cluster, SERVING, 'ServingRuntime', home),
      ...namesOfKind(cluster, SERVING, 'ClusterServingRuntime'),
    ];
    if (typeof name !== 'string' || there.includes(name)) return [];
    const what = `${title} names the runtime '${name}', which is neither in namespace '${home}' nor in the cluster`;
    return [verdictOn(undefined, cluster)(path, what, `Add a ServingRuntime '${name}', or name one that is there.`)];
  });
}

function judgeRoutes(cluster: ClusterModel): readonly Verdict[] {
  return objectsOfKind(cluster, 'gateway.networking.k8s.io', 'HTTPRoute').flatMap(({ path, manifest }) => {
    const { name, namespace: own = 'default' } = manifest.metadata;
    return objectsIn(at(manifest['spec'], 'parentRefs'))
      .filter(({ kind = 'Gateway' }) => kind === 'Gateway')
      .filter((parent) => {
        const home = String(parent['namespace'] ?? own);
        return !namesOfKind(cluster, 'gateway.networking.k8s.io', 'Gateway', home).has(String(parent['name']));
      })
      .map((parent) => {
        const what = `HTTPRoute '${name}' names Gateway '${String(parent['name'])}', which is not in the program`;
        return unknown(path, what, 'Name a Gateway of the program; if somebody else makes it, waive this.');
      });
  });
}
