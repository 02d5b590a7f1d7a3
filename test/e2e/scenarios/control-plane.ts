import assert from 'node:assert/strict';
import { refusalOf } from '../api-client.ts';
import type { Scenario } from '../scenario.ts';

/** What the claims about accepted objects rest on: that this API server would have refused, warned or changed something. */
export const scenario: Scenario = {
  name: 'control-plane',
  limits: [
    'The control plane runs without machines: no container is started, no image is pulled, no network policy is enforced, no volume is mounted.',
  ],
  async run({ startCluster, prove }) {
    const { api, apiServer, readySeconds, createNamespace } = await startCluster();
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'some' }, data: { key: 'value' } };

    await prove(
      'a control plane of the real programs starts',
      apiServer,
      async () => `ready after ${readySeconds.toFixed(1)} s`,
    );

    await prove('an object with an unknown field is refused', apiServer, async () => {
      const refusal = await refusalOf(api.applyServerSide({ ...configMap, dta: {} }));
      assert.match(refusal, /field not declared in schema/);
      return refusal;
    });

    await prove('a warning of the API server reaches the lane', apiServer, async () => {
      await createNamespace('warned', { 'pod-security.kubernetes.io/warn': 'restricted' });
      const containers = [{ name: 'main', image: 'example.invalid/none:1' }];
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'root', namespace: 'warned' },
        spec: { containers },
      };
      const { warnings } = await api.applyServerSide(pod);
      assert.match(warnings.join(), /would violate PodSecurity "restricted/);
      return `${warnings.length} warning`;
    });

    await prove('an object applied twice does not change, and a changed one does', apiServer, async () => {
      const apply = async (key: string) => (await api.applyServerSide({ ...configMap, data: { key } })).changed;
      assert.deepEqual([await apply('value'), await apply('value'), await apply('other')], [true, false, true]);
      return 'objects compared';
    });
  },
};
