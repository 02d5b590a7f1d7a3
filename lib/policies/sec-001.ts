import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

const LABEL = 'pod-security.kubernetes.io/enforce';

export const sec001: Policy = {
  id: 'SEC-001',
  title: 'Every namespace enforces a Pod Security level, and only namespaces of components are privileged.',
  why: 'Without a level, or with privileged, any pod of the namespace may take over the node.',
  source:
    'https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces',
  severity: 'error',
  check: perCluster((cluster) =>
    objectsOfKind(cluster, '', 'Namespace').flatMap((namespace) => judge(namespace, cluster)),
  ),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(namespace({ [LABEL]: 'restricted' }))] }),
    failing: () => examplePlatform({ units: [exampleUnit(namespace({}))] }),
  },
};

function namespace(labels: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision', labels } };
}

function judge({ path, manifest }: ObjectModel, { components, tenants }: ClusterModel): readonly Verdict[] {
  const { name } = manifest.metadata;
  const level = manifest.metadata.labels?.[LABEL];
  const ofTenant = tenants.some(({ namespace }) => namespace === name);
  const ofComponent = !ofTenant && components.some(({ namespace }) => namespace === name);
  if (level === 'restricted' || level === 'baseline' || (level === 'privileged' && ofComponent)) return [];
  const fix = `Set ${LABEL} to 'restricted', or to 'baseline' if its pods need more.`;
  if (level === undefined) return [fail(path, `namespace '${name}' has no label ${LABEL}`, fix)];
  if (level !== 'privileged')
    return [fail(path, `namespace '${name}' enforces the level '${level}', which does not exist`, fix)];
  const whose = ofTenant ? 'belongs to a tenant' : 'belongs to no component';
  return [fail(path, `namespace '${name}' enforces privileged, but ${whose}`, fix)];
}
