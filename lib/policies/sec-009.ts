import { at, type Json } from '../model/json.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsInNamespace } from './objects.ts';
import { type ClusterPod, podsOfTenants } from './pods.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const sec009: Policy = {
  id: 'SEC-009',
  title: 'A pod of a tenant holds a token of the API server only when it says so, under an account of its own.',
  why: 'A token that nobody asked for is a credential in every pod, and what is later allowed to the default account is allowed to all of them.',
  source:
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting',
  severity: 'error',
  check: perCluster((cluster) => podsOfTenants(cluster).flatMap((pod) => judge(pod, cluster))),
  examples: {
    passing: () => withToken(false),
    failing: () => withToken(undefined),
  },
};

function withToken(automountServiceAccountToken: boolean | undefined) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'probe', namespace: 'vision' },
    spec: { ...(automountServiceAccountToken === undefined ? {} : { automountServiceAccountToken }), containers: [] },
  };
  return examplePlatform({ units: [exampleUnit(pod)] });
}

const FIX = 'Set automountServiceAccountToken: false, or true together with a serviceAccountName of its own.';

function judge(pod: ClusterPod, cluster: ClusterModel): readonly Verdict[] {
  const { path, title, template } = pod;
  const { serviceAccountName = 'default', automountServiceAccountToken: own } = template.spec;
  if (own === false) return [];
  if (own === true) {
    if (serviceAccountName !== 'default') return [];
    return [fail(path, `${title} holds a token of the account 'default', which all pods share`, FIX)];
  }
  const mounts = withoutWord(pod, String(serviceAccountName), cluster);
  if (mounts === false) return [];
  if (mounts === undefined) {
    return [
      unknown(path, `whether ${title} gets a token of account '${String(serviceAccountName)}' is not known`, FIX),
    ];
  }
  return [fail(path, `${title} gets a token of account '${String(serviceAccountName)}' without asking for it`, FIX)];
}

/** What becomes of a pod that says nothing: its account decides, and for a model server before that KServe. */
function withoutWord({ kind, namespace }: ClusterPod, account: string, cluster: ClusterModel): boolean | undefined {
  if (kind === 'InferenceService') {
    const kserve = cluster.components.find(({ id }) => id === 'kserve');
    if (kserve === undefined || kserve.installed) return undefined;
    return booleanOr(at(kserve.values, 'kserve', 'security', 'autoMountServiceAccountToken'), true);
  }
  const found = objectsInNamespace(cluster, '', 'ServiceAccount', namespace).find(
    ({ manifest }) => manifest.metadata.name === account,
  );
  if (found !== undefined) return booleanOr(found.manifest['automountServiceAccountToken'], true);
  return account === 'default' ? true : undefined;
}

function booleanOr(value: Json | undefined, absent: boolean): boolean {
  return typeof value === 'boolean' ? value : absent;
}
