import { identityOf } from '../model/kubernetes.ts';
import type { ClusterModel, ObjectModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const sup012: Policy = {
  id: 'SUP-012',
  title: 'No two objects of a cluster have the same identity, upper and lower case taken as one.',
  why: 'The object that is applied last replaces the other, and a file system that ignores case keeps only one file.',
  source: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/',
  severity: 'error',
  check: perCluster(judge),
  examples: {
    passing: () => examplePlatform({ units: [exampleUnit(quota('gpus'), quota('storage'))] }),
    failing: () => examplePlatform({ units: [exampleUnit(quota('gpus'), quota('gpus'))] }),
  },
};

function quota(name: string) {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace: 'vision' } };
}

interface Named {
  readonly identity: string;
  readonly path: string;
}

function judge(cluster: ClusterModel): readonly Verdict[] {
  const first = new Map<string, ObjectModel>();
  const alike = new Map<string, Named[]>();
  for (const { objects } of cluster.units) {
    for (const object of objects) {
      const key = identityOf(object.manifest).toLowerCase();
      const other = first.get(key);
      if (other === undefined) first.set(key, object);
      else alike.set(key, [...(alike.get(key) ?? [named(other)]), named(object)]);
    }
  }
  return [...alike.values()].flatMap(clashes);
}

function named({ path, manifest }: ObjectModel): Named {
  return { identity: identityOf(manifest), path };
}

/** Each object after the first clashes with the first; sorted, so that the order of construction does not show. */
function clashes(group: readonly Named[]): readonly Verdict[] {
  const [first, ...others] = group.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  if (first === undefined) return [];
  return others.map((other) => {
    const same = other.identity === first.identity;
    const what = same
      ? `${other.identity} is made here and at ${first.path}`
      : `${other.identity} differs only by letter case from ${first.identity} at ${first.path}`;
    return fail(
      other.path,
      what,
      same ? 'Rename one of them, or make the object once and share it.' : 'Rename one of them.',
    );
  });
}

function keyOf({ path, identity }: Named): string {
  return `${path}\u0000${identity}`;
}
