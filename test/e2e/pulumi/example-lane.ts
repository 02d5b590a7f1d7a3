/** What every example has to prove as `pulumi up` runs it: one scenario for each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isJsonObject, type Json } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../lib/model/platform-model.ts';
import { markersIn } from '../../../lib/model/value.ts';
import { loadExample } from '../../examples.ts';
import type { Cluster } from '../cluster.ts';
import { crdsInCharts, crdsOfCloud, optionsFor } from '../examples.ts';
import type { Scenario } from '../scenario.ts';
import type { Cloud } from '../standin/plugins.ts';
import { dependencyOrder } from './order.ts';
import { type Deployment, type Plan, type PlannedResource, resource, SECRET, UNKNOWN } from './plan.ts';
import { findPulumi } from './pulumi-cli.ts';
import { servedBy } from './served-by.ts';
import { type Stack, type StackOptions, withStack } from './stack.ts';

/** What is particular to an example. */
export interface ExampleLane {
  /** Folder below `examples/`. */
  readonly example: string;
  /** Who makes the cluster. @default - it exists, and its kubeconfig is a secret of the stack */
  readonly provider?: Cloud;
  readonly config?: { readonly [key: string]: string };
  /** Claims on the plan, each with its proof. */
  readonly proofs?: Readonly<Record<string, (means: ExampleMeans) => void>>;
}

export interface ExampleMeans {
  readonly model: ClusterModel;
  readonly cluster: Cluster;
  readonly stack: Stack;
  readonly previewed: Plan;
  readonly deployed: Deployment;
  /** Inputs of the resource `cluster/name` in the preview. */
  planned(type: string, name: string): PlannedResource['inputs'];
}

export function exampleScenario(lane: ExampleLane): Scenario {
  const { example, provider, config = {}, proofs = {} } = lane;
  const claims = Object.entries({ ...common(example, provider), ...proofs, ...last(example) });
  return {
    name: `pulumi-${example}`,
    limits: [
      'In the scenarios of examples, CRDs that come with charts are applied beforehand: the stand-in of Kubernetes records a Helm Release without installing it.',
      'Training jobs are not in a Pulumi program unless it asks for them, so the objects compared are those of the other units.',
    ],
    async run({ startCluster, prove, notRun }) {
      const pulumi = await findPulumi();
      if ('why' in pulumi) {
        for (const [claim] of claims) notRun(claim, 'pulumi', pulumi.why);
        return;
      }
      // The references are still open, as they are in the program.
      const [model] = (await loadExample(example)).platform.model().clusters;
      if (model === undefined) throw new Error(`the example '${example}' has no cluster`);
      const cluster = await startCluster(optionsFor(model));
      for (const crd of model.units.flatMap((unit) => [...crdsOfCloud(unit), ...crdsInCharts(unit)]))
        await cluster.api.applyServerSide(crd);
      const options: Omit<StackOptions, 'pulumi' | 'program'> =
        provider === undefined
          ? { providers: ['kubernetes'], secretConfig: { kubeconfig: kubeconfigFor(model, cluster) } }
          : { providers: [provider, 'kubernetes'], config, ...servedBy(provider, cluster.kubeconfig) };
      await withStack({ pulumi, program: `examples/${example}`, ...options }, async (stack) => {
        const previewed = await stack.preview();
        const deployed = await stack.up();
        const planned: ExampleMeans['planned'] = (type, name) =>
          resource(previewed, type, `${model.name}/${name}`).inputs;
        const means = { model, cluster, stack, previewed, deployed, planned };
        for (const [claim, proof] of claims) await prove(claim, pulumi, async () => (await proof(means)) ?? '');
      });
    },
  };
}

/** The kubeconfig of the lane's cluster, under the context that the example names. */
function kubeconfigFor({ cloud: { settings } }: ClusterModel, { kubeconfig }: Cluster): string {
  const { contexts, ...rest } = parse(readFileSync(kubeconfig, 'utf8')) as { contexts: { name: string }[] };
  const name = String(settings['context'] ?? 'lane');
  return stringify({ ...rest, contexts: contexts.map((context) => ({ ...context, name })), 'current-context': name });
}

type Proofs = Readonly<Record<string, (means: ExampleMeans) => Promise<string>>>;

const common = (example: string, provider: Cloud | undefined): Proofs => ({
  [`the plan of ${example} has the resources that are on record, and no other`]: async ({ previewed }) => {
    // By the nearest parent, as the mocks of the SDK name them.
    const record = readFileSync(join(import.meta.dirname, `../../golden/${example}.urns.txt`), 'utf8');
    const recorded = record.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const planned = previewed.resources
      .filter(
        ({ type, name }) =>
          type !== 'pulumi:pulumi:Stack' && !(type.startsWith('pulumi:providers:') && /^default/.test(name)),
      )
      .map(({ urn }) => {
        const [types = '', ...name] = urn.split('::').slice(2);
        return [types.split('$').slice(-2).join('$'), ...name].join('::');
      });
    assert.deepEqual(planned.sort(), recorded.sort());
    return `${recorded.length} resources of ${new Set(previewed.resources.map(({ type }) => type)).size} types`;
  },

  [`a preview of ${example}, before anything exists, shows every object and every chart of the model`]: async ({
    model,
    previewed,
  }) => {
    const { objects, charts } = desired(model);
    const planned = new Map(previewed.resources.filter(isObject).map((one) => [keyOf(one.inputs), one]));
    for (const manifest of objects) {
      const found = planned.get(keyOf(manifest));
      assert.ok(found, `${keyOf(manifest)} is not in the preview`);
      assert.deepEqual(sortedText(found.inputs), sortedText(asPlanned(manifest)));
    }
    assert.equal(planned.size, objects.length);
    const releases = previewed.resources.filter(({ type }) => type === RELEASE);
    assert.deepEqual(
      releases.map(({ inputs }) => `${inputs['name']} ${inputs['chart']} ${inputs['version']}`).sort(),
      charts
        .map(
          ({ release, chart, version, repository }) =>
            `${release} ${repository.startsWith('oci://') ? `${repository}/` : ''}${chart} ${version}`,
        )
        .sort(),
    );
    const unknown = previewed.resources.flatMap(({ type, unknowns }) =>
      type.startsWith('kubernetes:') ? unknowns : [],
    );
    return `${objects.length} objects and ${charts.length} charts, each compared with the model; ${unknown.length} leaves unknown`;
  },

  [`up makes what the preview of ${example} showed, in the order of what depends on what`]: async ({
    stack,
    previewed,
    deployed,
  }) => {
    const shape = ({ resources }: Plan) =>
      resources
        .map(({ urn, type, dependencies, deletedWith }) => {
          // A preview does not know on what the answer of a function depends that it cannot ask yet, such as for credentials.
          const on = type === PROVIDER ? [] : [...dependencies].sort();
          return JSON.stringify({ urn, deletedWith, on });
        })
        .sort();
    assert.deepEqual(shape(deployed), shape(previewed));
    assert.deepEqual(
      deployed.resources.flatMap(({ unknowns }) => unknowns),
      [],
    );
    const { compared, violations } = dependencyOrder(deployed, deployed.steps, 'create');
    assert.deepEqual(violations, []);
    const who = Object.entries(stack.plugins).map(([name, which]) => `${name} ${which}`);
    return `${deployed.resources.length} resources, ${compared} pairs; providers: ${who.join(', ')}`;
  },

  [`the objects of ${example} are in the API server after up, and it warned of none`]: async ({
    model,
    cluster,
    stack,
  }) => {
    const { objects } = desired(model);
    for (const manifest of objects) assert.ok(await cluster.api.get(manifest), keyOf(manifest));
    assert.deepEqual(
      stack.calls().flatMap(({ warnings = [] }) => warnings),
      [],
    );
    return `${objects.length} objects`;
  },

  [`the kubeconfig of ${example} is a secret in the plan and in no output`]: async ({ previewed, deployed, stack }) => {
    for (const { resources } of provider === undefined ? [previewed, deployed] : [deployed]) {
      const found = resources.find(({ type }) => type === PROVIDER);
      assert.ok(found?.secrets.includes('kubeconfig'), JSON.stringify(found?.secrets));
    }
    assert.ok(!JSON.stringify(await stack.outputs()).includes('certificate-authority-data'));
    return '';
  },

  [`a second up of ${example} changes nothing, and a refresh finds nothing changed`]: async ({ stack, deployed }) => {
    const same = { same: deployed.resources.length };
    assert.deepEqual((await stack.up()).changes, same);
    assert.deepEqual((await stack.refresh()).changes, same);
    return `${deployed.resources.length} resources the same`;
  },
});

/** What can only be proved when nothing else is to be. */
const last = (example: string): Proofs => ({
  [`destroy of ${example} stops at data, and without protection goes in the reverse order and leaves nothing`]: async ({
    stack,
    deployed,
  }) => {
    const holders = deployed.resources.filter(({ protect }) => protect);
    if (holders.length > 0) {
      // As a user's destroy does. Without its preview, it would delete most of what does not wait for the data.
      await assert.rejects(stack.previewDestroy(), /protect/);
      await stack.unprotect();
    }
    const before = await stack.refresh();
    assert.equal(before.resources.length, deployed.resources.length);
    const { resources, steps } = await stack.destroy();
    assert.deepEqual(
      resources.map(({ urn }) => urn),
      [],
    );
    const { compared, violations } = dependencyOrder(before, steps, 'delete');
    assert.deepEqual(violations, []);
    return `${holders.length} resources protected, ${compared} pairs`;
  },
});

const RELEASE = 'kubernetes:helm.sh/v3:Release';
const PROVIDER = 'pulumi:providers:kubernetes';

/** What a program that asks for no job deploys. */
function desired(model: ClusterModel) {
  const units = model.units.filter((unit) => !unit.runOnce);
  return {
    objects: units.flatMap((unit) => unit.objects.map((object) => object.manifest)),
    charts: units.flatMap((unit) => unit.charts),
  };
}

function isObject({ type, custom }: PlannedResource): boolean {
  return custom && type.startsWith('kubernetes:') && type !== RELEASE;
}

/** The object as a preview shows it: what a reference fills is unknown, or secret, as a whole text. */
function asPlanned(value: Json): Json {
  if (typeof value === 'string') {
    const markers = markersIn(value);
    if (markers.length === 0) return value;
    return markers.some(({ secret }) => secret) ? SECRET : UNKNOWN;
  }
  if (Array.isArray(value)) return value.map(asPlanned);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asPlanned(item ?? null)]));
}

function keyOf(object: Readonly<Record<string, unknown>> | Manifest): string {
  const { namespace = '', name } = object['metadata'] as { namespace?: string; name: string };
  return `${object['apiVersion']} ${object['kind']} ${namespace}/${name}`;
}

/** The value as text with its keys in order, and thousands as the official provider writes a quantity: `1k` for `1000`. */
function sortedText(value: unknown): string {
  const sort = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(sort)
      : isJsonObject(one)
        ? Object.fromEntries(
            Object.keys(one)
              .sort()
              .map((key) => [key, sort((one as Record<string, Json>)[key])]),
          )
        : one;
  return JSON.stringify(sort(value)).replace(/"(\d+)000"/g, '"$1k"');
}
