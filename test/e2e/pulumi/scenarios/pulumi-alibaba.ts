import assert from 'node:assert/strict';
import { infrastructureScenario, type Means } from '../infrastructure-lane.ts';
import { resource } from '../plan.ts';

const pool = ({ planned }: Means, name: string) => planned('alicloud:cs/nodePool:NodePool', `east/${name}`);
const cluster = ({ planned }: Means) => planned('alicloud:cs/managedKubernetes:ManagedKubernetes', 'east/cluster');

const KEPT = /^alicloud:(oss\/|kms\/|nas\/fileSystem:)/;

/** Clusters on Alibaba Cloud with everything that they can have, judged by the typings of the SDK. */
export const scenario = infrastructureScenario({
  scenario: 'pulumi-alibaba',
  program: 'ack',
  provider: 'alicloud',
  config: { 'alicloud:region': 'cn-hangzhou' },
  isData: ({ type }) => KEPT.test(type) || type === 'alicloud:rds/instance:Instance',
  // The database leaves its backups instead.
  isLeft: ({ type }) => KEPT.test(type),
  proofs: {
    'ACK gets every way of buying nodes as it knows it': (means) => {
      assert.deepEqual(pool(means, 'a100')['privatePoolOptions'], {
        privatePoolOptionsMatchCriteria: 'Target',
        privatePoolOptionsId: 'eap-0a100',
      });
      const { inputs } = resource(means.deployed, 'alicloud:vpc/switch:Switch', 'east/nodes-2');
      assert.equal(inputs['zoneId'], 'cn-hangzhou-h');
      assert.equal(pool(means, 'a10')['spotStrategy'], 'SpotWithPriceLimit');
      assert.equal(pool(means, 't4')['spotStrategy'], 'SpotAsPriceGo');
      assert.equal(pool(means, 'system')['spotStrategy'], 'NoSpot');
    },

    'ACK gets taints, labels and sizes in its own spelling': (means) => {
      const gpu = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' };
      assert.deepEqual(pool(means, 'a100')['taints'], [gpu]);
      assert.deepEqual(pool(means, 'a10')['taints'], [gpu, { key: 'team', effect: 'NoExecute' }]);
      assert.deepEqual(pool(means, 'system')['taints'], [{ key: 'system', value: 'true', effect: 'NoSchedule' }]);
      const labels = pool(means, 'a10')['labels'] as readonly { key: string; value: string }[];
      assert.ok(labels.some(({ key, value }) => key === 'ack.node.gpu.schedule' && value === 'disabled'));
      assert.equal(pool(means, 'a100')['desiredSize'], '2');
      assert.deepEqual(pool(means, 'a10')['scalingConfig'], { enable: true, minSize: 0, maxSize: 8, type: 'gpu' });
    },

    'ACK eRDMA Controller is there before the nodes that it attaches interfaces to, and these let containers lock memory':
      (means) => {
        const addon = resource(means.deployed, 'alicloud:cs/kubernetesAddon:KubernetesAddon', 'east/erdma-controller');
        assert.equal(addon.inputs['name'], 'ack-erdma-controller');
        const { dependencies } = resource(means.deployed, 'alicloud:cs/nodePool:NodePool', 'east/a100');
        assert.ok(dependencies.includes(addon.urn));
        const script = Buffer.from(String(pool(means, 'a100')['preUserData']), 'base64').toString();
        assert.match(script, /LimitMEMLOCK=infinity/);
        assert.equal(pool(means, 'a10')['preUserData'], undefined);
      },

    'the password of the database on Alibaba Cloud is secret, and its two servers are in two zones': (means) => {
      assert.equal(means.planned('alicloud:rds/account:Account', 'east/database')['accountPassword'], '[secret]');
      const { inputs } = resource(means.deployed, 'alicloud:rds/instance:Instance', 'east/database');
      assert.deepEqual([inputs['zoneId'], inputs['zoneIdSlaveA']], ['cn-hangzhou-g', 'cn-hangzhou-h']);
    },

    'ACK is reached within the network alone, and its state holds no certificate of an administrator': (means) => {
      assert.equal(cluster(means)['slbInternetEnabled'], false);
      assert.equal(cluster(means)['skipSetCertificateAuthority'], true);
      const role = means.planned('alicloud:ram/role:Role', 'east/tenant-vision');
      assert.equal(role['roleName'], 'east-cn-hangzhou-tenant-vision');
    },
  },
});
