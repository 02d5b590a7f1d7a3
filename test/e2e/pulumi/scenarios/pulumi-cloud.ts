import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Cluster } from '../../cluster.ts';
import type { Scenario } from '../../scenario.ts';
import { dependencyOrder } from '../order.ts';
import { type Deployment, type Plan, resource } from '../plan.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { servedBy } from '../served-by.ts';
import { type Stack, withStack } from '../stack.ts';

const PASSWORD = 'correct-horse-battery';

/** What the claims about our own programs rest on: a program of raw resources, so that nothing of the library is in play. */
export const scenario: Scenario = {
  name: 'pulumi-cloud',
  limits: [
    'Clouds are stand-ins that judge by the typings of the provider packages: which change would replace a resource, what the cloud itself would refuse, quotas and permissions are not seen.',
    'The Node language host is our own, because no package registry has the official one; the engine and the SDK are the real ones.',
  ],
  async run({ startCluster, prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const cluster = await startCluster();
    const options = {
      pulumi,
      program: join(import.meta.dirname, '../programs/aws-cluster'),
      providers: ['aws', 'kubernetes'] as const,
      config: { 'aws:region': 'eu-west-1' },
      secretConfig: { password: PASSWORD },
      ...servedBy('aws', cluster.kubeconfig),
    };
    await withStack(options, async (stack) => {
      const means = { cluster, stack, previewed: await stack.preview(), deployed: await stack.up() };
      for (const [claim, proof] of Object.entries(proofs)) await prove(claim, pulumi, () => proof(means));
    });
  },
};

interface Means {
  readonly cluster: Cluster;
  readonly stack: Stack;
  readonly previewed: Plan;
  readonly deployed: Deployment;
}

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'a preview shows the objects of a cluster that does not exist yet': async ({ previewed }) => {
    assert.deepEqual(previewed.changes, { create: 12 });
    const objects = previewed.resources.filter(({ type }) => type.startsWith('kubernetes:'));
    assert.deepEqual(objects.map(({ name }) => name).sort(), ['facts', 'operator', 'registry', 'vision']);
    assert.match(resource(previewed, 'kubernetes:core/v1:Namespace', 'vision').deletedWith ?? '', /::cluster$/);
    return `${objects.length} of 12 resources`;
  },

  'what only the cloud can know is unknown in a preview, and nothing else is': async ({ previewed }) => {
    const pool = resource(previewed, 'aws:eks/nodeGroup:NodeGroup', 'h100');
    assert.deepEqual(pool.unknowns, ['nodeRoleArn', 'subnetIds[0]', 'subnetIds[1]']);
    assert.equal(pool.inputs['clusterName'], 'east');
    assert.deepEqual(resource(previewed, 'kubernetes:core/v1:ConfigMap', 'facts').unknowns, ['data.vpc']);
    return '';
  },

  'a function of the cloud answers in a preview': async ({ previewed }) => {
    const zone = (index: number) =>
      resource(previewed, 'aws:ec2/subnet:Subnet', `subnet-${index}`).inputs['availabilityZone'];
    assert.deepEqual([zone(0), zone(1)], ['eu-west-1a', 'eu-west-1b']);
    return '';
  },

  'up makes what the preview showed, and leaves nothing unknown': async ({ previewed, deployed }) => {
    const shape = ({ resources }: Plan) =>
      resources
        .filter(({ type }) => !type.startsWith('pulumi:providers:'))
        .map(({ urn, parent, dependencies }) => JSON.stringify({ urn, parent, dependencies: [...dependencies].sort() }))
        .sort();
    assert.deepEqual(shape(deployed), shape(previewed));
    assert.deepEqual(
      deployed.resources.flatMap(({ unknowns }) => unknowns),
      [],
    );
    return `${shape(deployed).length} resources`;
  },

  'a kubeconfig that a program composes from outputs reaches the cluster': async ({ cluster, stack }) => {
    const facts = await cluster.api.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'facts', namespace: 'vision' },
    });
    assert.deepEqual(facts?.['data'], { vpc: (await stack.outputs())['vpcId'] });
    return `provider: kubernetes ${stack.plugins.kubernetes}`;
  },

  'secrets are marked in plan and outputs, and encrypted in the state': async ({ stack, previewed, deployed }) => {
    for (const plan of [previewed, deployed]) {
      assert.deepEqual(resource(plan, 'kubernetes:core/v1:Secret', 'registry').secrets, ['stringData']);
    }
    assert.equal((await stack.outputs())['password'], '[secret]');
    const state = await stack.exportText();
    for (const text of [PASSWORD, Buffer.from(PASSWORD).toString('base64')]) assert.ok(!state.includes(text));
    return '';
  },

  'each resource is made after what it depends on': async ({ deployed }) => {
    const { compared, violations } = dependencyOrder(deployed, deployed.steps, 'create');
    assert.deepEqual(violations, []);
    assert.ok(compared > 12);
    return `${compared} pairs`;
  },

  'a second up changes nothing': async ({ stack }) => {
    assert.deepEqual((await stack.up()).changes, { same: 12 });
    return '12 of 12 resources the same';
  },

  'a preview of a change shows the one resource that it changes': async ({ stack }) => {
    await stack.configure({ nodes: '3' });
    const { resources, changes } = await stack.preview();
    assert.deepEqual(changes, { same: 11, update: 1 });
    assert.deepEqual(
      resources.filter(({ operation }) => operation === 'update').map(({ name }) => name),
      ['h100'],
    );
    return '';
  },

  'refresh finds what was deployed unchanged': async ({ stack }) => {
    assert.deepEqual((await stack.refresh()).changes, { same: 12 });
    return '';
  },

  'destroy goes in the reverse order and leaves nothing': async ({ stack, deployed }) => {
    const { resources, steps } = await stack.destroy();
    assert.deepEqual(resources, []);
    const { compared, violations } = dependencyOrder(deployed, steps, 'delete');
    assert.deepEqual(violations, []);
    assert.ok(compared > 12);
    return `${compared} pairs`;
  },
};
