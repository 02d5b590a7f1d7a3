import { at, isJsonObject, objectsIn } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsInNamespace } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const quota004: Policy = {
  id: 'QUOTA-004',
  title: 'Where pods claim accelerators by class, the quota of the namespace counts that class.',
  why: 'A line for requests.nvidia.com/gpu counts no claims, so a tenant can take every GPU of the cluster.',
  source: 'https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-extended-resources',
  severity: 'error',
  check: perCluster((cluster) => cluster.tenants.flatMap(({ namespace }) => judge(namespace, cluster))),
  examples: {
    passing: () => withQuota('gpu.nvidia.com.deviceclass.resource.k8s.io/devices'),
    failing: () => withQuota('requests.nvidia.com/gpu'),
  },
};

function withQuota(line: string) {
  const inNamespace = (name: string) => ({ name, namespace: 'vision' });
  const request = { name: 'gpu', exactly: { deviceClassName: 'gpu.nvidia.com' } };
  const template = {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: inNamespace('one-gpu'),
    spec: { spec: { devices: { requests: [request] } } },
  };
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: inNamespace('quota'),
    spec: { hard: { [line]: '8' } },
  };
  return examplePlatform({ units: [exampleUnit(template, quota)] });
}

function judge(namespace: string, cluster: ClusterModel): readonly Verdict[] {
  const lines = objectsInNamespace(cluster, '', 'ResourceQuota', namespace).flatMap(({ manifest }) =>
    Object.keys(at(manifest['spec'], 'hard') ?? {}),
  );
  // The interfaces of a fabric come to a pod with GPUs, which the quota counts.
  const counted = cluster.pools.flatMap(({ fabric }) => (fabric.claimed === true ? [fabric.resource] : []));
  return ['ResourceClaim', 'ResourceClaimTemplate'].flatMap((kind) =>
    objectsInNamespace(cluster, 'resource.k8s.io', kind, namespace).flatMap(({ path, manifest }) =>
      classesIn(manifest)
        .filter((name) => !counted.includes(name) && !lines.includes(lineFor(name)))
        .map((name) =>
          fail(
            path,
            `${kind} '${manifest.metadata.name}' is for devices of class '${name}', which no quota of namespace '${namespace}' counts`,
            `Add the line ${lineFor(name)} to a ResourceQuota of the namespace.`,
          ),
        ),
    ),
  );
}

/** The name under which the API server counts the devices of a class, whatever its feature gates. */
function lineFor(deviceClass: string): string {
  return `${deviceClass}.deviceclass.resource.k8s.io/devices`;
}

function classesIn({ kind, spec }: Manifest): readonly string[] {
  const claim = kind === 'ResourceClaimTemplate' ? at(spec, 'spec') : spec;
  const requests = objectsIn(at(claim, 'devices', 'requests'));
  const asked = requests.flatMap(({ exactly, firstAvailable }) => [
    ...(isJsonObject(exactly) ? [exactly] : []),
    ...objectsIn(firstAvailable),
  ]);
  return [...new Set(asked.map(({ deviceClassName }) => String(deviceClassName)))].sort();
}
