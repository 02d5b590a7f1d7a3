import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, aws, Platform } from 'cdk8s-ai';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'platform-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A platform with one ConfigMap that refers to the network of its cluster. */
function referring(name: string, ref: string) {
  const platform = new Platform({ name: 'p', outdir: join(folder, name) });
  const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  new ApiObject(new Chart(cluster, 'content'), 'facts', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'facts', namespace: 'default' },
    data: { it: `is ${cluster.ref(ref)}` },
  });
  return platform;
}

describe('synth', () => {
  test('writes the values of references', () => {
    referring('bound', 'vpcId').synth({ 'east/vpcId': 'vpc-1' });
    expect(readFileSync(join(folder, 'bound/east/app-content/objects.yaml'), 'utf8')).toContain('it: is vpc-1');
  });

  test('writes nothing while a reference has no value, or when one is a secret', () => {
    expect(() => referring('unbound', 'vpcId').synth()).toThrow(
      /REF-002 at p: .*\n +east\/vpcId at east\/content\/facts/,
    );
    expect(() => referring('secret', 'kubeconfig').synth({ 'east/kubeconfig': 'k' })).toThrow(/REF-004/);
    expect(readdirSync(folder)).not.toContain('unbound');
    expect(readdirSync(folder)).not.toContain('secret');
  });
});
