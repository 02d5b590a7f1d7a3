import { at, isJsonObject, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import { parseQuantity } from '../model/quantity.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster } from './policy.ts';

export const quota006: Policy = {
  id: 'QUOTA-006',
  title: 'No LimitRange gives accelerators to containers that ask for none.',
  why: 'Kubernetes makes the maximum of a container its default limit, and the default limit its default request: with a maximum of 8 GPUs every container asks for 8.',
  // SetDefaults_LimitRangeItem
  source: 'https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/apis/core/v1/defaults.go',
  severity: 'error',
  check: perCluster(function* (cluster) {
    for (const { path, manifest } of objectsOfKind(cluster, '', 'LimitRange')) {
      for (const item of objectsIn(at(manifest, 'spec', 'limits'))) {
        for (const { resource, list, amount } of given(item)) {
          yield fail(
            path,
            `${list} of LimitRange '${manifest.metadata.name}' has ${resource}: ${amount}, which every container that says nothing of ${resource} then asks for`,
            `Drop ${resource} from the LimitRange${list === 'min' ? '' : `, or write both default and defaultRequest as '0' for it`}.`,
          );
        }
      }
    }
  }),
  examples: {
    passing: () => withLimits({ max: { memory: '64Gi' } }),
    failing: () => withLimits({ max: { 'nvidia.com/gpu': '8' } }),
  },
};

/** The extended resources of a container that mentions none, with the list that each comes from. */
function given(item: JsonObject): readonly { resource: string; list: string; amount: Json }[] {
  if (item['type'] !== 'Container') return [];
  const listsOf = (resource: string, lists: readonly string[]) =>
    lists
      .map((list) => ({ resource, list, amount: at(item, list, resource) }))
      .find(({ amount }) => amount !== undefined);
  const names = ['default', 'defaultRequest', 'max', 'min'].flatMap((list) => {
    const amounts = item[list];
    return isJsonObject(amounts) ? Object.keys(amounts) : [];
  });
  return [...new Set(names)].sort().flatMap((resource) => {
    if (!resource.includes('/')) return [];
    // In the order in which the API server falls back; a minimum also refuses the container when nothing is given.
    const limit = listsOf(resource, ['default', 'max']);
    const request = listsOf(resource, ['defaultRequest', 'default', 'max', 'min']);
    const least = listsOf(resource, ['min']);
    const found = [limit, request, least].find((entry) => isPositive(entry?.amount));
    return found?.amount === undefined ? [] : [{ ...found, amount: found.amount }];
  });
}

function isPositive(amount: Json | undefined): boolean {
  return amount !== undefined && (parseQuantity(String(amount)) ?? 0n) > 0n;
}

function withLimits(limits: JsonObject) {
  const spec = { limits: [{ type: 'Container', ...limits }] };
  return examplePlatform({
    units: [
      exampleUnit({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits', namespace: 'vision' }, spec }),
    ],
  });
}
