import assert from 'node:assert/strict';
import type { Manifest } from '../../../../lib/model/kubernetes.ts';
import { type ExampleMeans, exampleScenario } from '../example-lane.ts';

const pool = ({ planned }: ExampleMeans, name: string) => planned('gcp:container/nodePool:NodePool', name);
const nodes = (means: ExampleMeans, name: string) =>
  pool(means, name)['nodeConfig'] as Readonly<Record<string, unknown>>;

/** The example of Google Kubernetes Engine as `pulumi up` runs it. */
export const scenario = exampleScenario({
  example: 'gcp-training',
  provider: 'gcp',
  proofs: {
    'the pools of gcp-training have their taint as GKE spells it, and the labels that the objects in the cluster rest on':
      (means) => {
        const gpu = { key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' };
        for (const { name, labels } of means.model.pools) {
          assert.deepEqual(nodes(means, name)['taints'], [gpu]);
          assert.deepEqual(nodes(means, name)['labels'], labels);
        }
      },

    'the H200 nodes of gcp-training are close to each other on the network for accelerators, and others are bought by the run':
      (means) => {
        assert.deepEqual(pool(means, 'h200')['networkConfig'], { acceleratorNetworkProfile: 'auto' });
        assert.deepEqual(pool(means, 'h200')['placementPolicy'], { type: 'COMPACT' });
        assert.deepEqual(
          [nodes(means, 'burst')['flexStart'], nodes(means, 'burst')['maxRunDuration']],
          [true, '86400s'],
        );
        assert.deepEqual(nodes(means, 'l4')['reservationAffinity'], { consumeReservationType: 'NO_RESERVATION' });
      },

    'the H100 nodes of gcp-training have an interface in each network that their pods name, behind the same VPC': (
      means,
    ) => {
      const objects = means.model.units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
      const { fabric } = means.model.pools.find(({ name }) => name === 'h100') ?? assert.fail('no pool');
      const behind = (fabric.networks ?? []).map((network) => {
        const named = ({ kind, metadata }: Manifest) => kind === 'GKENetworkParamSet' && metadata.name === network;
        const { spec } = objects.find(named) ?? assert.fail(`nothing says what is behind ${network}`);
        const { vpc, vpcSubnet } = spec as { vpc: string; vpcSubnet: string };
        assert.equal(means.planned('gcp:compute/network:Network', network)['name'], vpc);
        assert.equal(means.planned('gcp:compute/subnetwork:Subnetwork', network)['name'], vpcSubnet);
        return { network: vpc, subnetwork: vpcSubnet };
      });
      assert.equal(behind.length, 8);
      assert.deepEqual(pool(means, 'h100')['networkConfig'], { additionalNodeNetworkConfigs: behind });
    },

    'each team of gcp-training reaches the bucket as its service account in Kubernetes': (means) => {
      for (const { name } of means.model.tenants) {
        const right = means.planned('gcp:storage/bucketIAMMember:BucketIAMMember', `tenant-${name}`);
        assert.match(String(right['member']), new RegExp(`/subject/ns/${name}/sa/workload$`));
      }
    },
  },
});
