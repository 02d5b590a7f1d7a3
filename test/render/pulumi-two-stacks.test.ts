import { readFileSync } from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, aws, existing, Platform, Tenant } from 'cdk8s-ai';
import { deploy, deployInfrastructure, existingResources, stackResources } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { exported } from '../../lib/render/pulumi/infrastructure.ts';
import { loadExample } from '../examples.ts';
import { clouds } from './pulumi-clouds.ts';
import { isSecret, run } from './pulumi-engine.ts';
import { withoutSchemas } from './without-schemas.ts';

/** A cluster whose one ConfigMap holds what the references say. */
function model(...names: readonly string[]) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: aws({ region: 'us-east-1', services: ['objectStore'] }),
    kubernetesVersion: '1.35',
  });
  new Tenant(cluster, 'vision', { quota: [] });
  new ApiObject(new Chart(cluster, 'content'), 'facts', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'facts', namespace: 'default' },
    data: Object.fromEntries(names.map((name) => [name, cluster.ref(name)])),
  });
  return withoutSchemas(platform.model());
}

/** What the engine hands out as the outputs of another stack. */
const exporting = (outputs: Readonly<Record<string, unknown>>) => ({
  requireOutput: (name: pulumi.Input<string>) => pulumi.output(name).apply((key) => outputs[key]),
});
const east = { kubeconfig: 'kubeconfig of east', identifier: 'https://east.example.com' };

describe('the stack with the infrastructure', () => {
  test('makes what the cloud holds and nothing in the cluster', async () => {
    const { resources: whole } = await run('up', () => deploy(model('bucketName'), clouds));
    const { resources } = await run('up', () => deployInfrastructure(model('bucketName'), clouds));
    const ofCloud = whole.filter(({ type }) => /^(aws|pulumi:providers:aws|cdk8s-ai:index:Cluster)/.test(type));
    expect(resources.map(({ urn }) => urn).sort()).toEqual(ofCloud.map(({ urn }) => urn).sort());
  });

  test('exports how to reach each cluster as a secret, and its references in the open', async () => {
    const { result } = await run('up', () => deployInfrastructure(model(), clouds));
    const exports = result.clusters['east'];
    expect(await isSecret(exports)).toBe(true);
    const access = await new Promise((resolve) => pulumi.output(exports).apply(resolve));
    expect(access).toMatchObject({
      identifier: 'https://east-cluster.eks.example.com',
      kubeconfig: expect.stringContaining('get-token'),
    });
    expect(Object.keys(result.bindings)).toContain('east/bucketName');
    expect(Object.keys(result.bindings)).not.toContain('east/kubeconfig');
  });

  test('refuses what a cloud cannot honour before it makes anything', async () => {
    const { resources } = await run('up', () =>
      expect(() => deployInfrastructure(model(), {})).toThrow(/PULUMI-001 at east/),
    );
    expect(resources).toEqual([]);
  });
});

describe('the stack with the platform', () => {
  test('fills the clusters of the first with the same objects as one stack would, and makes nothing outside', async () => {
    const infrastructure = exporting({ clusters: { east }, bindings: { 'east/bucketName': 'east-bucket-1a2b' } });
    const objects = async (program: () => unknown) =>
      (await run('up', program)).resources
        .filter(({ type }) => type.startsWith('kubernetes:'))
        .map(({ name, inputs }) => ({ name, inputs }));
    const second = () => deploy(model('bucketName'), { aws: stackResources(infrastructure) });
    expect(await objects(second)).toEqual(await objects(() => deploy(model('bucketName'), clouds)));
    const { resources } = await run('up', second);
    expect(resources.filter(({ type }) => type.startsWith('aws:'))).toEqual([]);
  });

  test('reaches them with a kubeconfig that stays secret, and tells one cluster from another', async () => {
    const infrastructure = exporting({ clusters: pulumi.secret({ east }), bindings: {} });
    const { resources } = await run('up', () => deploy(model(), { aws: stackResources(infrastructure) }));
    const provider = resources.find(({ type }) => type === 'pulumi:providers:kubernetes');
    expect(provider?.inputs).toMatchObject({ kubeconfig: east.kubeconfig, clusterIdentifier: east.identifier });
    expect(provider?.secrets).toEqual(['kubeconfig']);
  });

  test('says what the first one does not export', () => {
    const [cluster] = model().clusters;
    if (cluster === undefined) throw new Error('one cluster');
    expect(exported({ 'east/bucketName': 'b' }, 'east/bucketName', cluster)).toBe('b');
    expect(() => exported({}, 'east/bucketName', cluster)).toThrow(
      /PULUMI-004 at east: the stack with the infrastructure exports no 'east\/bucketName'\n +Deploy that stack/,
    );
    expect(() => exported({}, 'toString', cluster)).toThrow(/PULUMI-004/);
  });

  test('is handed no secrets: the place of each is named', async () => {
    const infrastructure = exporting({ clusters: { east }, bindings: {} });
    expect(() => deploy(model('kubeconfig'), { aws: stackResources(infrastructure) })).toThrow(
      /REF-002 at p: .*\n +east\/kubeconfig at east\/content\/facts\.data\.kubeconfig/,
    );
  });
});

test('the recorded bindings of the example hold what its first stack exports', async () => {
  const { platform } = await loadExample('aws-two-stacks');
  const recorded = JSON.parse(readFileSync('examples/aws-two-stacks/bindings.json', 'utf8')) as object;
  const { result } = await run('up', () => deployInfrastructure(platform.model(), clouds));
  expect(Object.keys(recorded)).toEqual(Object.keys(result.bindings).sort());
});

test('a cluster that exists needs no first stack and is left out of its exports', async () => {
  const platform = new Platform({ name: 'p' });
  new AiCluster(platform, 'lab', { cloud: existing({ context: 'lab' }), kubernetesVersion: '1.35' });
  const { result } = await run('up', () => deployInfrastructure(platform.model(), { existing: existingResources() }));
  expect(result).toEqual({ clusters: {}, bindings: {} });
});
