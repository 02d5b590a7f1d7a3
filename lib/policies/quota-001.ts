import { at, isJsonObject } from '../model/json.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster } from './policy.ts';

/** Names with a slash that a quota counts: extended resources, objects, storage per class, claims per device class. */
const COUNTED = [
  /^requests\./,
  /^count\//,
  /\.storageclass\.storage\.k8s\.io\//,
  /\.deviceclass\.resource\.k8s\.io\/devices$/,
];

export const quota001: Policy = {
  id: 'QUOTA-001',
  title: 'A ResourceQuota names extended resources with the prefix `requests.`.',
  why: 'The API server accepts any name with a slash and counts only those with this prefix: a quota under another name limits nothing and says nothing.',
  source: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-for-extended-resources',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const { path, manifest } of objectsOfKind(cluster, '', 'ResourceQuota')) {
      const hard = at(manifest, 'spec', 'hard');
      for (const name of isJsonObject(hard) ? Object.keys(hard).sort() : []) {
        if (!name.includes('/') || COUNTED.some((counted) => counted.test(name))) continue;
        const resource = name.replace(/^limits\./, '');
        yield fail(
          path,
          `ResourceQuota '${manifest.metadata.name}' limits '${name}', a name that Kubernetes accepts and never counts, so any number of ${resource} can be used`,
          `Write 'requests.${resource}' instead.`,
        );
      }
    }
  }),
  examples: {
    passing: () => withQuota('requests.nvidia.com/gpu'),
    failing: () => withQuota('limits.nvidia.com/gpu'),
  },
};

function withQuota(name: string) {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'gpus', namespace: 'vision' },
    spec: { hard: { [name]: '32' } },
  };
  return examplePlatform({ units: [exampleUnit(quota)] });
}
