import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../../lib/model/json.ts';
import type { Manifest } from '../../../lib/model/kubernetes.ts';
import { examplePlatform, exampleUnit } from '../../../lib/policies/examples.ts';
import { sec006 } from '../../../lib/policies/sec-006.ts';
import { type KubernetesObject, verdictOn } from '../api-client.ts';
import type { Scenario } from '../scenario.ts';

/** The same pods in every run; another seed gives others. */
const SEED = 20_261_124;
const PODS = 300;

/** SEC-006 says in the program what admission would say in the cluster. */
export const scenario: Scenario = {
  name: 'pod-security',
  limits: [
    'SEC-006 is compared with the level restricted for users, rights, capabilities, seccomp, volumes and the host; it does not look at sysctls, SELinux, AppArmor and /proc.',
  ],
  async run({ startCluster, prove }) {
    const cluster = await startCluster();
    await cluster.createNamespace('vision', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    await prove(
      'SEC-006 and the admission of a restricted namespace refuse the same pods',
      cluster.apiServer,
      async () => {
        const pods = fc.sample(pod, { seed: SEED, numRuns: PODS });
        let refused = 0;
        for (const manifest of pods) {
          const [verdict] = sec006.check(examplePlatform({ units: [exampleUnit(manifest)] }));
          const refusal = await verdictOn(cluster.api.dryRun(manifest as KubernetesObject));
          if (refusal !== undefined) refused += 1;
          const text = `${JSON.stringify(manifest['spec'])}: ${verdict?.what ?? 'passes'} | ${refusal ?? 'admitted'}`;
          assert.equal(verdict !== undefined, refusal !== undefined, text);
        }
        // Were one answer rare, agreement would say little.
        assert.ok(refused > PODS / 5 && refused < (PODS * 4) / 5, `${refused} of ${PODS} refused`);
        return `${PODS} pods made from seed ${SEED}: ${refused} refused, ${PODS - refused} admitted, 0 differ`;
      },
    );
  },
};

/** Mostly what is right, so that a pod has one mistake rather than ten. */
const mostly = <T>(right: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const profile = (type: string): JsonObject => ({ type });
const user = fc.constantFrom(undefined, undefined, undefined, 1000, 1000, 0);

const container = fc.record({
  securityContext: fc.record({
    allowPrivilegeEscalation: mostly<boolean | undefined>(false, undefined),
    capabilities: mostly<JsonObject | undefined>(
      { drop: ['ALL'] },
      undefined,
      { drop: ['NET_RAW'] },
      { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      { drop: ['ALL'], add: ['IPC_LOCK'] },
    ),
    runAsNonRoot: mostly<boolean | undefined>(undefined, true, false),
    runAsUser: mostly<number | undefined>(undefined, 1000, 0),
    seccompProfile: mostly<JsonObject | undefined>(undefined, profile('RuntimeDefault'), profile('Unconfined')),
    readOnlyRootFilesystem: mostly<boolean | undefined>(undefined, true),
  }),
  ports: mostly<JsonObject[] | undefined>(undefined, [{ containerPort: 80 }], [{ containerPort: 80, hostPort: 80 }]),
});

const pod: fc.Arbitrary<Manifest> = fc
  .record({
    securityContext: fc.record({
      runAsNonRoot: mostly<boolean | undefined>(true, undefined, false),
      runAsUser: user,
      seccompProfile: mostly<JsonObject | undefined>(profile('RuntimeDefault'), undefined, profile('Unconfined')),
    }),
    volumes: mostly<JsonObject[]>(
      [{ name: 'a', emptyDir: {} }],
      [{ name: 'a', hostPath: { path: '/' } }],
      [{ name: 'a', nfs: { server: 'a', path: '/' } }],
    ),
    hostPID: mostly<boolean | undefined>(undefined, true),
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: mostly<fc.Arbitrary<JsonObject[]>>(
      fc.constant([]),
      fc.array(container, { minLength: 1, maxLength: 1 }),
    ).chain((list) => list),
  })
  .map(({ containers, initContainers, ...spec }) => {
    const named = (list: readonly JsonObject[], prefix: string) =>
      list.map((one, index) => ({ name: `${prefix}-${index}`, image: 'example.invalid/none:1', ...one }));
    const whole = { ...spec, containers: named(containers, 'main'), initContainers: named(initContainers, 'init') };
    const metadata = { name: 'probe', namespace: 'vision' };
    // Without what was not drawn, as a file would have it.
    return JSON.parse(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: whole })) as Manifest;
  });
