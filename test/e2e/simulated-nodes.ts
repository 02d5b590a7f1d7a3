// kwok in the place of kubelets: it keeps simulated nodes alive and says of each pod bound to one that it runs.

import type { KubernetesObject } from './api-client.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** A node that exists only in the API server. */
export interface SimulatedNode {
  readonly name: string;
  /** In addition to the labels that every Linux node has. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** `cpu`, `memory` and the extended resources, as Kubernetes quantities; `pods` is 110 unless given. */
  readonly capacity: Readonly<Record<string, string>>;
}

/** kwok looks after the nodes with this annotation. */
const marker = { 'kwok.x-k8s.io/node': 'fake' };

export const kwokArgs: readonly string[] = [
  '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
  '--node-lease-duration-seconds=40',
  '--cidr=10.244.0.0/16',
  '--server-address=',
];

export function nodeObject({ name, labels, taints = [], capacity }: SimulatedNode): KubernetesObject {
  const resources = { pods: '110', ...capacity };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: marker,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
    },
    spec: { taints },
    status: {
      capacity: resources,
      allocatable: resources,
    },
  };
}

const nodeStart = `
phase: Running
conditions:
- {type: Ready, status: "True", reason: Simulated, lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }}}
`;

const podStart = `
phase: Running
startTime: {{ Now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ Now | Quote }}}
- {type: ContainersReady, status: "True", lastTransitionTime: {{ Now | Quote }}}
- {type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ Now | Quote }}}}
{{ end }}
`;

/**
 * A node becomes ready at once; kwok itself renews its lease.
 * A pod bound to it runs at once, never completes, and goes when it is deleted.
 */
export const stages: readonly object[] = [
  stage('Node', 'start', { '.status.phase': 'DoesNotExist' }, { statusTemplate: nodeStart }),
  stage(
    'Pod',
    'start',
    { '.metadata.deletionTimestamp': 'DoesNotExist', '.status.startTime': 'DoesNotExist' },
    { statusTemplate: podStart },
  ),
  stage('Pod', 'delete', { '.metadata.deletionTimestamp': 'Exists' }, { delete: true }),
];

/** One rule of kwok: what follows (`next`) for an object of this kind in which all these fields exist or do not. */
function stage(
  kind: 'Node' | 'Pod',
  name: string,
  fields: Readonly<Record<string, 'Exists' | 'DoesNotExist'>>,
  next: { readonly statusTemplate: string } | { readonly delete: true },
): object {
  const matchExpressions = Object.entries(fields).map(([key, operator]) => ({ key, operator }));
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name: `${kind.toLowerCase()}-${name}` },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  };
}
