import { AiCluster, aws, existing, Platform } from 'cdk8s-ai';
import { expect, test } from 'vitest';

test('a cluster on AWS gives out references by name, in the name of the cluster', () => {
  const cluster = new AiCluster(new Platform({ name: 'p' }), 'east', {
    cloud: aws({ region: 'us-east-1' }),
    kubernetesVersion: '1.35',
  });
  expect(cluster.ref('vpcId')).toMatchObject({ id: 'east/vpcId', type: 'string', secret: false });
  expect(cluster.ref('kubeconfig')).toMatchObject({ id: 'east/kubeconfig', secret: true });
});

test('a name that no cloud knows is refused with the names there are', () => {
  const platform = new Platform({ name: 'p' });
  const east = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
  const lab = new AiCluster(platform, 'lab', { cloud: existing(), kubernetesVersion: '1.35' });
  expect(() => east.ref('vpc')).toThrow(/REF-005 at east: aws offers no reference 'vpc'\n.*endpoint.*vpcId/);
  expect(() => east.ref('toString')).toThrow(/REF-005/);
  expect(() => lab.ref('vpcId')).toThrow(/Ref\.string/);
});
