import { AiCluster, existing, Platform, Tenant } from 'cdk8s-ai';
import { deploy, existingResources } from 'cdk8s-ai/pulumi';
import { expect, test } from 'vitest';
import { isSecret, type Registered, run } from '../render/pulumi-engine.ts';

function lab(context?: string) {
  const platform = new Platform({ name: 'p' });
  const cloud = existing(context === undefined ? {} : { context });
  new Tenant(new AiCluster(platform, 'lab', { cloud, kubernetesVersion: '1.35' }), 'vision', { quota: [] });
  return platform.model();
}

const providers = (resources: readonly Registered[]) =>
  resources.filter(({ type }) => type === 'pulumi:providers:kubernetes').map(({ inputs }) => inputs);

test('nothing is made outside of Kubernetes', async () => {
  const { resources } = await run('up', () => deploy(lab('dgx'), { existing: existingResources() }));
  const outside = resources.filter(({ type }) => !/^(kubernetes:|cdk8s-ai:|pulumi:providers:kubernetes$)/.test(type));
  expect(outside).toEqual([]);
});

test('the cluster is reached by the context that it names', async () => {
  const { resources } = await run('up', () => deploy(lab('dgx'), { existing: existingResources() }));
  expect(providers(resources)).toMatchObject([{ context: 'dgx', clusterIdentifier: 'dgx' }]);
});

test('the deployment may name another context, and a kubeconfig, which stays secret', async () => {
  const half = existingResources({ kubeconfig: 'apiVersion: v1', context: 'other' });
  const { resources, result } = await run('up', () => deploy(lab('dgx'), { existing: half }));
  expect(providers(resources)).toMatchObject([{ kubeconfig: 'apiVersion: v1', context: 'other' }]);
  const [provider] = resources.filter(({ type }) => type === 'pulumi:providers:kubernetes');
  expect(provider?.secrets).toEqual(['kubeconfig']);
  expect(await isSecret(result.clusters['lab']?.kubeconfig)).toBe(true);
});

test('the current context of whoever deploys is never used', () => {
  expect(() => deploy(lab(), { existing: existingResources() })).toThrow(
    /PULUMI-003 at lab: .*\n.*existing\(\{ context/,
  );
});
