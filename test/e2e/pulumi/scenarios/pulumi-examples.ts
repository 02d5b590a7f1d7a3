import assert from 'node:assert/strict';
import { crdsOf } from '../../../../lib/components/crds.ts';
import { isJsonObject, type Json } from '../../../../lib/model/json.ts';
import type { Manifest } from '../../../../lib/model/kubernetes.ts';
import type { ClusterModel } from '../../../../lib/model/platform-model.ts';
import type { Cluster } from '../../cluster.ts';
import { exampleCluster, optionsFor } from '../../examples.ts';
import type { Scenario } from '../../scenario.ts';
import { eksServedBy } from '../eks.ts';
import { dependencyOrder } from '../order.ts';
import { type Deployment, type Plan, type PlannedResource, resource } from '../plan.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { type Stack, type StackOptions, withStack } from '../stack.ts';

/** The examples as `pulumi up` runs them: both halves of the EKS one, and the in-cluster half of the minimal one. */
export const scenario: Scenario = {
  name: 'pulumi-examples',
  limits: [
    "Volcano's CRDs are applied beforehand: its chart carries them, and the stand-in of Kubernetes records a Helm Release without installing it.",
    'Training jobs are not in a Pulumi program unless it asks for them, so the objects compared are those of the other units.',
  ],
  async run({ startCluster, prove, notRun }) {
    const pulumi = await findPulumi();
    for (const [example, options] of Object.entries(EXAMPLES)) {
      const applicable = example === 'existing-minimal' ? proofs : { ...cloudProofs, ...proofs };
      const claims = Object.entries(applicable).map(
        ([claim, proof]) => [claim.replace('EXAMPLE', example), proof] as const,
      );
      if ('why' in pulumi) {
        for (const [claim] of claims) notRun(claim, 'pulumi', pulumi.why);
        continue;
      }
      const model = await exampleCluster(example);
      const cluster = await startCluster(optionsFor(model));
      for (const crd of crdsOf('volcano')) await cluster.api.applyServerSide(crd);
      await withStack({ pulumi, program: `examples/${example}`, ...options(cluster) }, async (stack) => {
        const means = { model, cluster, stack, previewed: await stack.preview(), deployed: await stack.up() };
        for (const [claim, proof] of claims) await prove(claim, pulumi, () => proof(means));
      });
      await cluster.stop();
    }
  },
};

const EXAMPLES: Readonly<Record<string, (cluster: Cluster) => Omit<StackOptions, 'pulumi' | 'program'>>> = {
  'aws-h100-training': ({ kubeconfig }) => ({
    providers: ['aws', 'kubernetes'],
    config: { 'aws:region': 'us-east-1' },
    ...eksServedBy(kubeconfig),
  }),
  'existing-minimal': ({ kubeconfig }) => ({ providers: ['kubernetes'], secretConfig: { kubeconfig } }),
};

interface Means {
  readonly model: ClusterModel;
  readonly cluster: Cluster;
  readonly stack: Stack;
  readonly previewed: Plan;
  readonly deployed: Deployment;
}

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'a preview of EXAMPLE, before anything exists, shows every object and every chart of the model': async ({
    model,
    previewed,
  }) => {
    const { objects, charts } = desired(model);
    const planned = new Map(previewed.resources.filter(isObject).map((one) => [keyOf(one.inputs), one]));
    for (const manifest of objects) {
      const found = planned.get(keyOf(manifest));
      assert.ok(found, `${keyOf(manifest)} is not in the preview`);
      assert.deepEqual(sortedText(found.inputs), sortedText(manifest));
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
    return `${objects.length} objects and ${charts.length} charts, each compared with the model`;
  },

  'up makes what the preview of EXAMPLE showed, in the order of what depends on what': async ({
    previewed,
    deployed,
  }) => {
    const urns = ({ resources }: Plan) => resources.map(({ urn }) => urn).sort();
    assert.deepEqual(urns(deployed), urns(previewed));
    const { compared, violations } = dependencyOrder(deployed, deployed.steps, 'create');
    assert.deepEqual(violations, []);
    return `${deployed.resources.length} resources, ${compared} pairs`;
  },

  'the objects of EXAMPLE are in the API server after up, and it warned of none': async ({ model, cluster, stack }) => {
    const { objects } = desired(model);
    for (const manifest of objects) assert.ok(await cluster.api.get(manifest), keyOf(manifest));
    assert.deepEqual(
      stack.calls().flatMap(({ warnings = [] }) => warnings),
      [],
    );
    return `${objects.length} objects, by the ${stack.plugins.kubernetes} Kubernetes provider`;
  },

  'the kubeconfig of EXAMPLE is a secret in the plan and in no output': async ({ deployed, stack }) => {
    const provider = deployed.resources.find(({ type }) => type === 'pulumi:providers:kubernetes');
    assert.ok(provider?.secrets.includes('kubeconfig'), JSON.stringify(provider?.secrets));
    assert.ok(!JSON.stringify(await stack.outputs()).includes('certificate-authority-data'));
    return '';
  },

  'a second up of EXAMPLE changes nothing': async ({ stack, deployed }) => {
    assert.deepEqual((await stack.up()).changes, { same: deployed.resources.length });
    return `${deployed.resources.length} resources the same`;
  },

  'destroy of EXAMPLE goes in the reverse order and leaves nothing': async ({ stack, deployed }) => {
    const { resources, steps } = await stack.destroy();
    assert.deepEqual(
      resources.map(({ urn }) => urn),
      [],
    );
    const { compared, violations } = dependencyOrder(deployed, steps, 'delete');
    assert.deepEqual(violations, []);
    return `${compared} pairs`;
  },
};

/** Where the program makes the cluster, too. */
const cloudProofs: typeof proofs = {
  'the pools of EXAMPLE reach the plan with the taints, labels and interfaces that the objects in the cluster rest on':
    async ({ model, previewed }) => {
      for (const pool of model.pools) {
        const { inputs } = resource(previewed, 'aws:eks/nodeGroup:NodeGroup', `${model.name}/${pool.name}`);
        assert.deepEqual(inputs['labels'], pool.labels);
        const taints = inputs['taints'] as readonly { key: string; value?: string; effect: string }[];
        assert.deepEqual(
          taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`),
          pool.taints.map(({ key, value, effect }) => `${key}=${value}:${EKS_EFFECTS[effect]}`),
        );
        const template = resource(
          previewed,
          'aws:ec2/launchTemplate:LaunchTemplate',
          `${model.name}/${pool.name}`,
        ).inputs;
        const interfaces = (template['networkInterfaces'] ?? []) as readonly { interfaceType?: string }[];
        assert.equal(
          interfaces.filter(({ interfaceType }) => interfaceType?.startsWith('efa')).length,
          pool.fabric.perNode,
        );
      }
      return model.pools
        .map(({ name, taints, fabric }) => `${name}: ${taints.length} taint, ${fabric.perNode} interfaces`)
        .join('; ');
    },
};

const RELEASE = 'kubernetes:helm.sh/v3:Release';
const EKS_EFFECTS: Readonly<Record<string, string>> = {
  NoSchedule: 'NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
};

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

function keyOf(object: Readonly<Record<string, unknown>> | Manifest): string {
  const { namespace = '', name } = object['metadata'] as { namespace?: string; name: string };
  return `${object['apiVersion']} ${object['kind']} ${namespace}/${name}`;
}

/** The value as text with its keys in order. */
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
  return JSON.stringify(sort(value));
}
