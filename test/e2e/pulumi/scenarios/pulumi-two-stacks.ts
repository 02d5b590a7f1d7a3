import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run as runCli } from '../../../../lib/cli/run.ts';
import { crdsOf } from '../../../../lib/components/crds.ts';
import type { Cluster } from '../../cluster.ts';
import { runFolder } from '../../run-folder.ts';
import type { Scenario } from '../../scenario.ts';
import { dependencyOrder } from '../order.ts';
import { type Deployment, type Plan, resource } from '../plan.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { servedBy } from '../served-by.ts';
import { type Stack, withStack } from '../stack.ts';

const EXAMPLE = join(import.meta.dirname, '../../../../examples/aws-two-stacks');

/** One platform in two stacks, and its references on the way from the first to the second and to files. */
export const scenario: Scenario = {
  name: 'pulumi-two-stacks',
  limits: [],
  async run({ startCluster, prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const cluster = await startCluster();
    // The chart of Volcano brings them, and no chart is installed here.
    for (const crd of crdsOf('volcano')) await cluster.api.applyServerSide(crd);
    const folder = mkdtempSync(join(runFolder(), 'two-stacks-'));
    const common = { pulumi, state: join(folder, 'state'), ...servedBy('aws', cluster.kubeconfig) };
    const one = { ...common, program: join(EXAMPLE, 'infrastructure-stack'), providers: ['aws'] as const };
    const two = {
      ...common,
      program: join(EXAMPLE, 'platform-stack'),
      providers: ['kubernetes'] as const,
      config: { infrastructure: 'organization/speech-infrastructure/test' },
    };
    await withStack(one, (infrastructure) =>
      withStack(two, async (platform) => {
        const first = await infrastructure.up();
        const planned = await platform.preview();
        const deployed = await platform.up();
        const means = { cluster, folder, infrastructure, platform, first, planned, deployed };
        for (const [claim, proof] of Object.entries(proofs)) await prove(claim, pulumi, () => proof(means));
      }),
    );
  },
};

interface Means {
  readonly cluster: Cluster;
  readonly folder: string;
  readonly infrastructure: Stack;
  readonly platform: Stack;
  /** The first stack, deployed. */
  readonly first: Deployment;
  /** The second stack, as a preview shows it and deployed. */
  readonly planned: Plan;
  readonly deployed: Deployment;
}

const BUCKET = 'aws:s3/bucket:Bucket';
const storage = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'storage', namespace: 'recognition' } };
const checkpoints = async ({ cluster }: Means) =>
  (await cluster.api.get<{ data: { CHECKPOINTS: string } }>(storage))?.data.CHECKPOINTS;
const custom = ({ resources }: Deployment) => resources.filter((each) => each.custom);

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'the first of two stacks makes what the cloud holds and nothing in the cluster': async ({ first }) => {
    const made = custom(first).map(({ type }) => type);
    assert.deepEqual(
      made.filter((type) => type.startsWith('kubernetes:')),
      [],
    );
    assert.ok(made.includes('aws:eks/cluster:Cluster') && made.includes(BUCKET));
    return `${made.length} resources`;
  },

  'the second one fills the cluster of the first, with references that only the first could know': async (means) => {
    const { planned, deployed } = means;
    assert.equal(custom(deployed).filter(({ type }) => type.startsWith('aws:')).length, 0);
    assert.deepEqual(
      deployed.resources.flatMap(({ unknowns }) => unknowns),
      [],
    );
    assert.equal(planned.changes['create'], deployed.changes['create']);
    const { bindings } = (await means.infrastructure.outputs()) as { bindings: Record<string, string> };
    assert.equal(await checkpoints(means), `s3://${bindings['west/bucketName']}/recognition/checkpoints`);
    return `${custom(deployed).length} resources; provider: kubernetes ${means.platform.plugins.kubernetes}`;
  },

  'the kubeconfig goes from stack to stack without being seen': async (means) => {
    const { infrastructure, platform, planned } = means;
    assert.deepEqual((await infrastructure.outputs())['clusters'], { west: '[secret]' });
    for (const stack of [infrastructure, platform]) assert.ok(!(await stack.exportText()).includes('get-token'));
    const provider = resource(planned, 'pulumi:providers:kubernetes', 'west');
    assert.deepEqual(provider.secrets, ['kubeconfig']);
    return '';
  },

  'a second up of either stack changes nothing': async ({ infrastructure, platform }) => {
    for (const stack of [infrastructure, platform]) assert.deepEqual(Object.keys((await stack.up()).changes), ['same']);
    return '';
  },

  'what a stack exports as bindings fills the references of a GitOps tree': async (means) => {
    const { bindings } = await means.infrastructure.outputs();
    const file = join(means.folder, 'bindings.json');
    writeFileSync(file, JSON.stringify(bindings));
    const out = join(means.folder, 'tree');
    const options = ['--format', 'flux', '--repo-url', 'https://git.example.com/speech.git', '--bindings', file];
    assert.equal(await quietly(() => runCli(['synth', join(EXAMPLE, 'platform.ts'), '--out', out, ...options])), 0);
    const texts = globSync('**/*.yaml', { cwd: out }).map((path) => readFileSync(join(out, path), 'utf8'));
    const line = `CHECKPOINTS: ${await checkpoints(means)}`;
    assert.ok(texts.some((text) => text.includes(line)));
    assert.ok(texts.every((text) => !text.includes('[[ref:')));
    return `${Object.keys(bindings ?? {}).length} references`;
  },

  'destroy of the second stack empties the cluster in the reverse order and leaves the first alone': async (means) => {
    const { resources, steps } = await means.platform.destroy();
    assert.deepEqual(resources, []);
    const { compared, violations } = dependencyOrder(means.deployed, steps, 'delete');
    assert.deepEqual(violations, []);
    assert.equal(await checkpoints(means), undefined);
    assert.deepEqual(Object.keys((await means.infrastructure.refresh()).changes), ['same']);
    return `${compared} pairs`;
  },
};

/** Runs without the standard output, which is the lane's own. */
async function quietly<T>(body: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await body();
  } finally {
    process.stdout.write = write;
  }
}
