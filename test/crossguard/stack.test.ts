import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { clustersIn } from '../../lib/crossguard/stack.ts';
import { type Json, sorted } from '../../lib/model/json.ts';
import type { ClusterModel } from '../../lib/model/platform-model.ts';
import { withoutRunOnce } from '../../lib/render/pulumi/run-once.ts';
import { loadExample } from '../examples.ts';
import { clouds } from '../render/pulumi-clouds.ts';
import { run } from '../render/pulumi-engine.ts';
import { registeredStack } from './stack.ts';

// The other examples differ in what the cloud makes, which no rule reads; the lane runs the pack on the real engine.
describe.each(['azure-training', 'existing-minimal'])('the stack of %s', (name) => {
  test('gives the rules the model that the program had, even in a preview', async () => {
    const { platform } = await loadExample(name);
    const { resources } = await run('preview', () => deploy(platform.model(), clouds));
    const read = clustersIn(registeredStack(resources), new Map()).map(({ cluster }) => cluster);
    const had = withoutRunOnce(platform.model()).clusters;
    expect(read.map(shape)).toEqual(had.map(shape));
  }, 120_000);
});

/** The cluster without what a deployment fills in. Resources are registered in no order. */
function shape({ units, components, datasets, ...cluster }: ClusterModel) {
  const objects = units.flatMap(({ id, objects }) =>
    objects.map(({ path, manifest: { metadata, kind } }) => `${id} ${path} ${kind} ${metadata.name}`),
  );
  const charts = units.flatMap((unit) =>
    unit.charts.map(({ values, digest: _, hooks: __, ...chart }) => ({ ...chart, keys: Object.keys(values).sort() })),
  );
  const bare = units
    .filter(({ id }) => id !== 'program')
    .map(({ id, kind, path, runOnce, dependsOn }) => ({ id, kind, path, runOnce, dependsOn }));
  const counts = [components.length, datasets.length];
  return sorted({ ...cluster, objects: objects.sort(), charts, bare, counts } as unknown as Json);
}
