import assert from 'node:assert/strict';
import { infrastructureScenario, type Means } from '../infrastructure-lane.ts';
import type { PlannedResource } from '../plan.ts';

const pool = ({ planned }: Means, name: string) => planned('gcp:container/nodePool:NodePool', `east/${name}`);
const node = (means: Means, name: string) => pool(means, name)['nodeConfig'] as Readonly<Record<string, unknown>>;

const DATA = /^gcp:(storage\/bucket:|(artifactregistry|filestore|kms|servicenetworking|sql)\/|compute\/globalAddress:)/;
const isData = ({ type }: PlannedResource) => DATA.test(type);

/** Clusters on Google Kubernetes Engine with everything that they can have, judged by the typings of the SDK. */
export const scenario = infrastructureScenario({
  scenario: 'pulumi-gcp',
  program: 'gke',
  provider: 'gcp',
  isData,
  // Google deletes no network that is connected with one of its own.
  isLeft: (one) => isData(one) || (one.type === 'gcp:compute/network:Network' && one.name === 'east/network'),
  proofs: {
    'GKE gets every way of buying nodes as it knows it': (means) => {
      assert.deepEqual(node(means, 'h200')['reservationAffinity'], {
        consumeReservationType: 'SPECIFIC_RESERVATION',
        key: 'compute.googleapis.com/reservation-name',
        values: ['h200-q3'],
      });
      assert.deepEqual(pool(means, 'h200')['nodeLocations'], ['us-central1-b']);
      assert.equal(node(means, 'b200')['flexStart'], true);
      assert.equal(node(means, 'b200')['maxRunDuration'], '259200s');
      assert.equal(node(means, 'l4')['spot'], true);
      assert.deepEqual(pool(means, 'a100')['queuedProvisioning'], { enabled: true });
    },

    'GKE gets taints in its own spelling, and none that it sets by itself but the one it may forget': (means) => {
      const gpu = { key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' };
      assert.deepEqual(node(means, 'l4')['taints'], [gpu, { key: 'team', value: 'apps', effect: 'NO_EXECUTE' }]);
      assert.deepEqual(node(means, 'gb200')['taints'], [gpu]);
      assert.deepEqual(node(means, 'a100')['taints'], [gpu]);
      assert.deepEqual(node(means, 'system')['taints'], [
        { key: 'system', value: 'true', effect: 'PREFER_NO_SCHEDULE' },
      ]);
    },

    'pools of GKE with RoCE get the accelerator network and nodes close to each other, unless those are reserved': (
      means,
    ) => {
      for (const name of ['h200', 'b200', 'gb200'])
        assert.deepEqual(pool(means, name)['networkConfig'], { acceleratorNetworkProfile: 'auto' });
      assert.equal(pool(means, 'h200')['placementPolicy'], undefined);
      assert.deepEqual(pool(means, 'b200')['placementPolicy'], { type: 'COMPACT' });
      assert.deepEqual(pool(means, 'gb200')['placementPolicy'], { type: 'COMPACT', policyName: 'east-gb200' });
    },

    'a pool of GKE with GPUDirect-TCPXO has an interface in each of eight networks, in which its nodes alone talk': (
      means,
    ) => {
      const names = Array.from({ length: 8 }, (_, index) => `east-gpu-${index}`);
      assert.deepEqual(pool(means, 'h100')['networkConfig'], {
        additionalNodeNetworkConfigs: names.map((name) => ({ network: name, subnetwork: name })),
      });
      assert.deepEqual(pool(means, 'h100')['placementPolicy'], { type: 'COMPACT' });
      const ranges = names.map((name) => {
        const resource = name.replace('east-', 'east/');
        assert.equal(means.planned('gcp:compute/network:Network', resource)['mtu'], 8244);
        const { ipCidrRange } = means.planned('gcp:compute/subnetwork:Subnetwork', resource);
        assert.deepEqual(means.planned('gcp:compute/firewall:Firewall', resource)['sourceRanges'], [ipCidrRange]);
        return ipCidrRange;
      });
      assert.equal(new Set(ranges).size, 8);
      assert.equal(means.planned('gcp:container/cluster:Cluster', 'east/cluster')['enableMultiNetworking'], true);
    },

    'the password of the database on GKE is secret, and the database has no public address': (means) => {
      assert.equal(means.planned('gcp:sql/user:User', 'east/database')['password'], '[secret]');
      const { settings } = means.planned('gcp:sql/databaseInstance:DatabaseInstance', 'east/database');
      assert.equal((settings as { ipConfiguration: { ipv4Enabled: boolean } }).ipConfiguration.ipv4Enabled, false);
    },

    'tenants on GKE reach the bucket by their identity in Kubernetes, and nodes have an account of few rights': (
      means,
    ) => {
      const right = means.planned('gcp:storage/bucketIAMMember:BucketIAMMember', 'east/tenant-vision');
      assert.match(
        String(right['member']),
        /^principal:\/\/.*\/acme-ml\.svc\.id\.goog\/subject\/ns\/vision\/sa\/workload$/,
      );
      const roles = means.previewed.resources.filter(({ type }) => type === 'gcp:projects/iAMMember:IAMMember');
      assert.deepEqual(
        roles.filter(({ name }) => name.startsWith('east/nodes-')).map(({ inputs }) => inputs['role']).length,
        5,
      );
    },
  },
});
