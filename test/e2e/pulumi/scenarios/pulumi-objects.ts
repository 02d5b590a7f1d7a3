import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Cluster } from '../../cluster.ts';
import type { Scenario } from '../../scenario.ts';
import type { JsonObject } from '../../standin/property-value.ts';
import type { Program } from '../../toolchain.ts';
import { dependencyOrder } from '../order.ts';
import { resource } from '../plan.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { type Stack, withStack } from '../stack.ts';

/** What the claims about objects in a cluster rest on, with a cluster that is known from the start. */
export const scenario: Scenario = {
  name: 'pulumi-objects',
  limits: [
    'The stand-in of the Kubernetes provider applies objects on the server and does not wait until they are ready; a Helm Release is recorded with its inputs and not installed.',
  ],
  async run({ startCluster, prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const cluster = await startCluster();
    const program = join(import.meta.dirname, '../programs/kubernetes-objects');
    const config = { kubeconfig: cluster.kubeconfig };
    await withStack({ pulumi, program, providers: ['kubernetes'], config }, async (stack) => {
      for (const [claim, proof] of Object.entries(proofs)) {
        if (claim === STRICT && stack.plugins.kubernetes !== 'stand-in') {
          notRun(claim, 'pulumi', `the provider is ${stack.plugins.kubernetes}, which lets it through`);
          continue;
        }
        await prove(claim, pulumi, async () => {
          const figure = await proof({ pulumi, cluster, stack });
          return [figure, `provider: ${stack.plugins.kubernetes}`].filter(Boolean).join(', ');
        });
      }
    });
  },
};

interface Means {
  readonly pulumi: Program;
  readonly cluster: Cluster;
  readonly stack: Stack;
}

const queue = { apiVersion: 'example.com/v1', kind: 'Queue', metadata: { name: 'pretrain', namespace: 'vision' } };
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vision' } };
const gpus = async ({ api }: Cluster) => (await api.get<{ spec: { gpus: number } }>(queue))?.spec.gpus;

const STRICT = 'a field that the API server does not know is refused in a preview';

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'a preview stores nothing and shows a custom resource whose definition is not there yet': async (means) => {
    const plan = await means.stack.preview();
    assert.deepEqual(plan.changes, { create: 6 });
    assert.deepEqual(resource(plan, 'kubernetes:example.com/v1:Queue', 'pretrain').inputs['spec'], { gpus: 8 });
    assert.equal(await means.cluster.api.get(namespace), undefined);
    return '';
  },

  'up applies the objects in order, and the API server warns of none': async ({ stack, cluster }) => {
    const deployed = await stack.up();
    assert.equal(await gpus(cluster), 8);
    const { compared, violations } = dependencyOrder(deployed, deployed.steps, 'create');
    assert.deepEqual(violations, []);
    assert.ok(compared >= 7);
    assert.deepEqual(
      stack.calls().flatMap(({ warnings = [] }) => warnings),
      [],
    );
    return `${compared} pairs`;
  },

  'an object without a name gets one that stays': async ({ stack }) => {
    const { factsName } = await stack.outputs();
    assert.match(String(factsName), /^facts-[0-9a-f]{8}$/);
    assert.deepEqual((await stack.up()).changes, { same: 6 });
    assert.equal((await stack.outputs())['factsName'], factsName);
    return '';
  },

  'a change is applied by up, and not by its preview': async ({ stack, cluster }) => {
    await stack.configure({ gpus: '16' });
    assert.deepEqual((await stack.preview()).changes, { same: 5, update: 1 });
    assert.equal(await gpus(cluster), 8);
    await stack.up();
    assert.equal(await gpus(cluster), 16);
    return '';
  },

  [STRICT]: async (means) => {
    const inputs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, dota: {} };
    await assert.rejects(previewOf(means, 'kubernetes:core/v1:ConfigMap', inputs), /\.dota: field not declared/);
    return '';
  },

  'an argument that a Helm Release does not have is refused in a preview': async (means) => {
    const inputs = { chart: 'gpu-operator', reuseValue: true };
    await assert.rejects(previewOf(means, 'kubernetes:helm.sh/v3:Release', inputs), /unknown property "reuseValue"/);
    return '';
  },

  'an object that somebody deleted is made again after a refresh': async ({ stack, cluster }) => {
    await cluster.api.delete(queue);
    assert.equal((await stack.refresh()).changes['delete'], 1);
    assert.equal((await stack.up()).changes['create'], 1);
    return '';
  },

  'destroy deletes each object before what it depends on, and waits until it is gone': async ({ stack, cluster }) => {
    const deployed = await stack.refresh();
    const { compared, violations } = dependencyOrder(deployed, (await stack.destroy()).steps, 'delete');
    assert.deepEqual(violations, []);
    assert.ok(compared >= 7);
    assert.equal(await cluster.api.get(namespace), undefined);
    return `${compared} pairs`;
  },
};

/** A preview of one resource on the API server, whatever the SDK's types say. */
async function previewOf({ pulumi, cluster }: Means, type: string, inputs: JsonObject): Promise<void> {
  const program = join(import.meta.dirname, '../programs/anything');
  const config = { 'kubernetes:kubeconfig': cluster.kubeconfig, resource: JSON.stringify({ type, inputs }) };
  await withStack({ pulumi, program, providers: ['kubernetes'], config }, async (stack) => {
    await stack.preview();
  });
}
