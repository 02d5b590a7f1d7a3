import { objectsIn } from '../model/json.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { type ClusterPod, podsOf } from './pods.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const sec017: Policy = {
  id: 'SEC-017',
  title: 'An identity of the cloud belongs to one namespace, and pods on a cloud hold no keys of their own.',
  why: 'An identity that two namespaces share lets each read what is meant for the other; a key outlives its pod, and works from anywhere.',
  source: 'https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html',
  severity: 'error',
  check: perCluster((cluster) => [
    ...judgeAccounts(cluster),
    // Beside a cluster of one's own there is no cloud that could know its pods.
    ...(cluster.cloud.id === 'existing' ? [] : podsOf(cluster).flatMap(judgePod)),
  ]),
  examples: {
    passing: () => withRoles('vision', 'speech'),
    failing: () => withRoles('shared', 'shared'),
  },
};

function withRoles(...roles: readonly string[]) {
  const accounts = roles.map((role, index) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: 'workload',
      namespace: ['vision', 'speech'][index] ?? 'other',
      annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::111122223333:role/${role}` },
    },
  }));
  return examplePlatform({ units: [exampleUnit(...accounts)] });
}

/** Annotations of service accounts by which clouds give an identity to their pods. */
const IDENTITIES = [
  'azure.workload.identity/client-id',
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'pod-identity.alibabacloud.com/role-name',
];

function judgeAccounts(cluster: ClusterModel): readonly Verdict[] {
  const holders = objectsOfKind(cluster, '', 'ServiceAccount').flatMap((account) =>
    IDENTITIES.flatMap((key) => {
      const identity = account.manifest.metadata.annotations?.[key];
      return identity === undefined ? [] : [{ account, identity }];
    }),
  );
  return [...new Set(holders.map(({ identity }) => identity))].flatMap((identity) => {
    const accounts = holders.filter((holder) => holder.identity === identity).map(({ account }) => account);
    const namespaces = [...new Set(accounts.map(namespaceOf))].sort();
    const [first] = accounts;
    if (first === undefined || namespaces.length < 2) return [];
    return [
      fail(
        first.path,
        `the identity ${identity} is given to pods of namespaces ${namespaces.join(' and ')}`,
        'Make an identity for each of them, with the rights of that one.',
      ),
    ];
  });
}

function namespaceOf({ manifest }: ObjectModel): string {
  return manifest.metadata.namespace ?? 'default';
}

/** Variables by which the SDKs of the clouds take keys that do not end. */
const KEYS = [
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'AWS_SECRET_ACCESS_KEY',
  'AZURE_CLIENT_SECRET',
  'AZURE_STORAGE_KEY',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'OSS_ACCESS_KEY_SECRET',
];

function judgePod({ path, title, template }: ClusterPod): readonly Verdict[] {
  const names = template.containers.flatMap(({ env }) => objectsIn(env).map(({ name }) => String(name)));
  const found = KEYS.filter((key) => names.includes(key));
  if (found.length === 0) return [];
  const fix = "Run it under the tenant's service account, which has an identity of the cloud, and leave the key out.";
  return [fail(path, `${title} takes a key of the cloud from ${found.join(' and ')}`, fix)];
}
