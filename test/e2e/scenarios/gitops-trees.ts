import assert from 'node:assert/strict';
import { crdsOf } from '../../../lib/components/crds.ts';
import { groupOf, type Manifest } from '../../../lib/model/kubernetes.ts';
import type { FileTree } from '../../../lib/render/files.ts';
import { exampleNames, loadExample } from '../../examples.ts';
import { argoCdTree, fluxTree, objectsOf } from '../../render/gitops/tree.ts';
import type { Cluster } from '../cluster.ts';
import type { Scenario } from '../scenario.ts';

const CONTROLLERS = [
  { controller: 'Argo CD', namespace: 'argocd', render: argoCdTree },
  { controller: 'Flux', namespace: 'flux-system', render: fluxTree },
];

/** What the trees of every example say to Argo CD and to Flux, before the real API server with the CRDs of both. */
export const scenario: Scenario = {
  name: 'gitops-trees',
  limits: [
    'Argo CD is not run: that its objects are accepted says nothing about its waves, its health checks in Lua, or its pruning.',
  ],
  async run({ startCluster, prove }) {
    const cluster = await startCluster();
    for (const crd of [...crdsOf('argo-cd'), ...crdsOf('flux')]) await cluster.api.applyServerSide(crd);
    for (const { controller, namespace, render } of CONTROLLERS) {
      await cluster.createNamespace(namespace);
      for (const name of exampleNames) {
        const { bound } = await loadExample(name);
        const objects = objectsFor(render(bound, { repoUrl: 'https://git.example.com/platform.git' }), namespace);
        await prove(
          `the objects of the tree of ${name} that are for ${controller} itself are accepted, and none is warned about`,
          cluster.apiServer,
          async () => {
            await createNamespaces(cluster, objects);
            assert.deepEqual(await warningsAbout(cluster, objects), []);
            return countKinds(objects);
          },
        );
      }
    }
  },
};

/** What the controller reads: the kinds of its own, and what goes to its own namespace. */
function objectsFor(tree: FileTree, namespace: string): readonly Manifest[] {
  const all = [...tree.keys()].filter((path) => path.endsWith('.yaml')).flatMap((path) => objectsOf(tree, path));
  return all.filter(
    ({ apiVersion, metadata }) =>
      metadata?.namespace === namespace || /^argoproj\.io$|\.toolkit\.fluxcd\.io$/.test(groupOf(apiVersion)),
  );
}

async function createNamespaces(cluster: Cluster, objects: readonly Manifest[]): Promise<void> {
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of names) await cluster.createNamespace(name);
}

/** Applies the objects and collects what the API server warns about. */
async function warningsAbout({ api }: Cluster, objects: readonly Manifest[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const object of objects) {
    const name = `${object.kind} ${object.metadata.name}`;
    const { warnings } = await api.applyServerSide(object).catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
    found.push(...warnings.map((warning) => `${name}: ${warning}`));
  }
  return found;
}

function countKinds(objects: readonly Manifest[]): string {
  const kinds = new Map<string, number>();
  for (const { kind } of objects) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  return [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
}
