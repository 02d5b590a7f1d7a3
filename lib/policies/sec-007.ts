import { at, isJsonObject, type Json, objectsIn } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel, TenantModel } from '../model/platform-model.ts';
import { examplePlatform, exampleTenant, exampleUnit } from './examples.ts';
import { objectsInNamespace, objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, unknown, type Verdict } from './policy.ts';

export const sec007: Policy = {
  id: 'SEC-007',
  title: 'The network of a tenant is closed in both directions, but for names and what policies open.',
  why: 'Without a policy that selects a pod, every pod of the cluster reaches it, and it reaches the internet with whatever it has read.',
  source: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies',
  severity: 'error',
  check: perCluster((cluster) => cluster.tenants.flatMap((tenant) => judge(tenant, cluster))),
  examples: {
    passing: () =>
      withPolicies(
        policy('default-deny', {}),
        policy('allow-dns', { egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }] }),
      ),
    failing: () => withPolicies(),
  },
};

function withPolicies(...policies: readonly Manifest[]) {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: exampleTenant.namespace } };
  return examplePlatform({ units: [exampleUnit(namespace, ...policies)] });
}

function policy(name: string, rules: { readonly egress?: Json }): Manifest {
  const { namespace } = exampleTenant;
  const spec = { podSelector: {}, policyTypes: ['Egress', 'Ingress'], ...rules };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function judge({ name, path, namespace }: TenantModel, cluster: ClusterModel): readonly Verdict[] {
  const forAll = objectsInNamespace(cluster, 'networking.k8s.io', 'NetworkPolicy', namespace)
    .map(({ manifest }) => manifest)
    .filter(({ spec }) => isEmpty(at(spec, 'podSelector')));
  const open = (['Ingress', 'Egress'] as const).filter((direction) => !forAll.some((one) => closes(one, direction)));
  // A namespace that somebody else makes may have policies that the program does not show.
  const isOurs = objectsOfKind(cluster, '', 'Namespace').some(({ manifest }) => manifest.metadata.name === namespace);
  const verdict = isOurs ? fail : unknown;
  if (open.length > 0) {
    const what = `no policy closes namespace '${namespace}' of tenant '${name}' for ${open.join(' and ')}`;
    return [verdict(path, what, `Add a NetworkPolicy with podSelector: {} and policyTypes: [${open.join(', ')}].`)];
  }
  if (forAll.some(allowsNames)) return [];
  const what = `pods of namespace '${namespace}' cannot ask for the address of a name`;
  return [verdict(path, what, 'Add a NetworkPolicy that opens egress to port 53, UDP and TCP.')];
}

/** A policy without types closes the way in, and the way out when it has rules for that. */
function closes({ spec }: Manifest, direction: 'Ingress' | 'Egress'): boolean {
  const types = at(spec, 'policyTypes');
  if (Array.isArray(types)) return types.includes(direction);
  return direction === 'Ingress' || at(spec, 'egress') !== undefined;
}

/** A rule without ports opens all of them. */
function allowsNames({ spec }: Manifest): boolean {
  return objectsIn(at(spec, 'egress')).some(({ to, ports }) => {
    const isOpen = ports === undefined && to === undefined;
    return (
      isOpen || objectsIn(ports).some(({ port, protocol }) => protocol === 'UDP' && (port === 53 || port === undefined))
    );
  });
}

function isEmpty(selector: Json | undefined): boolean {
  return isJsonObject(selector) && Object.values(selector).every((part) => Object.keys(part ?? {}).length === 0);
}
