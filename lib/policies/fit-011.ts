import { NETWORKS_ANNOTATION } from '../model/fabric.ts';
import { at, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const fit011: Policy = {
  id: 'FIT-011',
  title: 'Every network that a pod asks for is defined in the namespace where it is looked for.',
  why: 'Multus cannot build the network of a pod with a name that it does not find, so the pod never starts.',
  source:
    'https://github.com/k8snetworkplumbingwg/multus-cni/blob/master/docs/how-to-use.md#run-pod-with-network-annotation',
  severity: 'error',
  check: perCluster((cluster) => {
    const defined = networksOf(cluster);
    const namespaces = new Set(objectsOfKind(cluster, '', 'Namespace').map(({ manifest }) => manifest.metadata.name));
    return podsOf(cluster).flatMap((pod) => judge(pod, defined, namespaces));
  }),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(namespace, network, pod('rail-0'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(namespace, network, pod('rail-0,rail-1'))] }),
  },
};

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision' } };

const network = {
  apiVersion: 'k8s.cni.cncf.io/v1',
  kind: 'NetworkAttachmentDefinition',
  metadata: { name: 'rail-0', namespace: 'vision' },
};

function pod(networks: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision', annotations: { [NETWORKS_ANNOTATION]: networks } },
    spec: { containers: [] },
  };
}

/** Kinds of which an operator makes a network, with their API groups, in the namespace that they name. */
const MAKERS = [
  ['mellanox.com', 'HostDeviceNetwork'],
  ['mellanox.com', 'IPoIBNetwork'],
  ['mellanox.com', 'MacvlanNetwork'],
  ['sriovnetwork.openshift.io', 'SriovIBNetwork'],
  ['sriovnetwork.openshift.io', 'SriovNetwork'],
] as const;

/** The networks that are there, as `namespace/name`. */
function networksOf(cluster: ClusterModel): ReadonlySet<string> {
  const own = objectsOfKind(cluster, 'k8s.cni.cncf.io', 'NetworkAttachmentDefinition').map(
    ({ manifest: { metadata } }) => `${metadata.namespace ?? 'default'}/${metadata.name}`,
  );
  const made = MAKERS.flatMap(([group, kind]) => objectsOfKind(cluster, group, kind)).map(
    ({ manifest: { metadata, spec } }) => `${String(at(spec, 'networkNamespace') ?? 'default')}/${metadata.name}`,
  );
  return new Set([...own, ...made]);
}

function judge(
  { path, title, namespace: home, template }: ClusterPod,
  defined: ReadonlySet<string>,
  namespaces: ReadonlySet<string>,
): readonly Verdict[] {
  const annotation = template.annotations[NETWORKS_ANNOTATION];
  if (annotation === undefined) return [];
  const wanted = namesIn(annotation, home);
  if (wanted === undefined) {
    return [
      fail(
        path,
        `the annotation ${NETWORKS_ANNOTATION} of ${title} cannot be read`,
        "Write names with ',' between them.",
      ),
    ];
  }
  return [...new Set(wanted)]
    .filter((name) => !defined.has(name))
    .map((name) => {
      const [where = '', network = ''] = name.split('/');
      // In a namespace that somebody else looks after there may be more than the model shows.
      const verdict = namespaces.has(where) ? fail : unknown;
      const near = [...defined]
        .filter((one) => one.startsWith(`${where}/`))
        .map((one) => `'${one.slice(where.length + 1)}'`);
      return verdict(
        path,
        `${title} asks for network '${network}', which is not defined in namespace '${where}'`,
        near.length === 0
          ? `Define it there, or leave it out of ${NETWORKS_ANNOTATION}.`
          : `Ask for one of ${near.sort().join(', ')}, or define it there.`,
      );
    });
}

/** The networks of an annotation as `namespace/name`, in either of its two forms; nothing when it is neither. */
function namesIn(annotation: string, home: string): readonly string[] | undefined {
  if (annotation.trim().startsWith('[')) {
    return parsed(annotation)?.map(({ name, namespace: where }) => `${String(where ?? home)}/${String(name ?? '')}`);
  }
  return annotation
    .split(',')
    .map((part) => part.trim().replace(/@.*$/, ''))
    .filter((part) => part !== '')
    .map((part) => (part.includes('/') ? part : `${home}/${part}`));
}

function parsed(text: string): readonly JsonObject[] | undefined {
  try {
    return objectsIn(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
