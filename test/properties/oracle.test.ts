import { deepStrictEqual } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Cron, Duration, Include, JsonPatch, Lazy } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import * as plus27 from 'cdk8s-plus-27';
import * as plus34 from 'cdk8s-plus-34';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { collect } from '../../lib/collect/collect.ts';
import { apiObjectReader } from '../../lib/collect/read-api-object.ts';
import { identityOf, type Manifest } from '../../lib/model/kubernetes.ts';
import { exampleNames, loadExample } from '../examples.ts';

// cdk8s itself is the oracle: whatever a tree holds, the objects of the model are those that `app.synth()` would write.

const seed = Number(process.env['FC_SEED'] ?? 20_261_123);

function inOneOrder(manifests: readonly Manifest[]): readonly Manifest[] {
  return [...manifests].sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

/** The objects of the user's tree as `collect` reads them. */
function collected(platform: Platform): readonly Manifest[] {
  const units = collect(platform).flatMap((cluster) => cluster.units);
  return inOneOrder(units.flatMap((unit) => unit.objects.map(({ manifest }) => manifest)));
}

/** The objects of the same tree by cdk8s's own way to YAML and back. */
function synthesized(platform: Platform): readonly Manifest[] {
  const text = App.prototype.synthYaml.call(platform);
  return inOneOrder(parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest));
}

function scene() {
  const platform = new Platform({ name: 'research' });
  const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
  return { platform, cluster };
}

test.each(exampleNames)('the objects of the example %s', async (name) => {
  const { platform } = await loadExample(name);
  const objects = collected(platform);
  expect(objects.length).toBeGreaterThan(5);
  deepStrictEqual(objects, synthesized(platform));
});

/** cdk8s-plus is not written for `exactOptionalPropertyTypes`, under which its classes do not fit its interfaces. */
function as<T>(one: object): T {
  return one as T;
}

// The two have the same interfaces as far as they are used here.
describe.each([
  ['cdk8s-plus-27', plus27],
  ['the newest cdk8s-plus', plus34 as unknown as typeof plus27],
])('the objects of %s', (_, plus) => {
  test('of a usual web application', () => {
    const { platform, cluster } = scene();
    const chart = new Chart(cluster, 'web', { namespace: 'web', labels: { team: 'web' } });
    const settings = new plus.ConfigMap(chart, 'settings', { data: { 'app.conf': 'a = 1\n' } });
    const secret = new plus.Secret(chart, 'secret', { stringData: { user: 'x' } });
    const account = new plus.ServiceAccount(chart, 'account');
    const deployment = new plus.Deployment(chart, 'server', {
      serviceAccount: as(account),
      containers: [
        {
          image: 'registry.example.com/web:1',
          portNumber: 8080,
          resources: { cpu: { request: plus.Cpu.millis(250), limit: plus.Cpu.units(1) } },
          liveness: plus.Probe.fromHttpGet('/live', { port: 8080 }),
          envVariables: {
            USER: plus.EnvValue.fromSecretValue({ secret: as(secret), key: 'user' }),
            CONF: plus.EnvValue.fromConfigMap(as(settings), 'app.conf'),
          },
        },
      ],
    });
    deployment.containers[0]?.mount('/etc/app', plus.Volume.fromConfigMap(chart, 'volume', as(settings)));
    deployment.scheduling.tolerate(plus.Node.tainted(plus.NodeTaintQuery.exists('team')));
    const service = deployment.exposeViaService({ ports: [{ port: 80, targetPort: 8080 }] });
    new plus.Ingress(chart, 'ingress').addHostRule('web.example.com', '/', plus.IngressBackend.fromService(service));
    new plus.HorizontalPodAutoscaler(chart, 'scaler', { target: deployment, maxReplicas: 9 });
    new plus.NetworkPolicy(chart, 'policy', {
      selector: deployment,
      ingress: { rules: [{ peer: plus.NetworkPolicyIpBlock.ipv4(chart, 'net', '10.0.0.0/8') }] },
    });
    ApiObject.of(deployment).addJsonPatch(JsonPatch.add('/spec/template/spec/priorityClassName', 'high'));
    deepStrictEqual(collected(platform), synthesized(platform));
  });

  test('of jobs, stateful sets and roles', () => {
    const { platform, cluster } = scene();
    const chart = new Chart(cluster, 'batch', { namespace: 'batch' });
    const containers = [{ image: 'registry.example.com/batch:1' }];
    new plus.Job(chart, 'job', { containers, backoffLimit: 2, ttlAfterFinished: Duration.minutes(5) });
    new plus.CronJob(chart, 'nightly', { containers, schedule: Cron.daily() });
    new plus.DaemonSet(chart, 'agent', { containers });
    const claim = new plus.PersistentVolumeClaim(chart, 'claim', { storageClassName: 'fast' });
    const set = new plus.StatefulSet(chart, 'store', {
      containers: [{ ...containers[0], image: 'registry.example.com/store:1', portNumber: 5432 }],
      service: new plus.Service(chart, 'headless', { ports: [{ port: 5432 }] }),
    });
    set.containers[0]?.mount('/data', plus.Volume.fromPersistentVolumeClaim(chart, 'data', as(claim)));
    const account = new plus.ServiceAccount(chart, 'account');
    new plus.Role(chart, 'reader').allowRead(plus.ApiResource.PODS);
    new plus.ClusterRole(chart, 'watcher').allowRead(plus.ApiResource.NODES);
    new plus.RoleBinding(chart, 'binding', { role: as(new plus.Role(chart, 'writer')) }).addSubjects(account);
    deepStrictEqual(collected(platform), synthesized(platform));
  });
});

test('the objects of YAML that is included', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    const url = join(folder, 'included.yaml');
    writeFileSync(
      url,
      `apiVersion: v1
kind: ConfigMap
metadata: { name: one, namespace: web }
data: { octal: "0o17", sexagesimal: "1:20", text: "a\\nb\\n" }
---
kind: Service
apiVersion: v1
metadata: { namespace: web, name: two, labels: {} }
spec: { ports: [{ port: 80, targetPort: http }], clusterIP: null }
`,
    );
    const { platform, cluster } = scene();
    new Include(new Chart(cluster, 'web', { labels: { team: 'web' } }), 'included', { url });
    const objects = collect(platform).flatMap((one) => one.units[0]?.objects ?? []);
    expect(objects.map(({ manifest }) => manifest.metadata.labels)).toEqual([{ team: 'web' }, { team: 'web' }]);
    const charts = platform.node.findAll().filter((one) => Chart.isChart(one));
    const expected = charts.flatMap((chart) => chart.toJson() as Manifest[]);
    deepStrictEqual(collected(platform), inOneOrder(expected));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A union as `cdk8s import` generates it. */
class Union {
  readonly value: string | number;
  constructor(value: string | number) {
    this.value = value;
  }
}

/** Keys that cdk8s itself carries; those that it loses or stops at are tested by name. */
const key = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('name', 'value', 'b', 'a', '10', '9', 'resolve', 'ä'))
  .filter((text) => !['__proto__', 'constructor'].includes(text));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ maxLength: 8 }) },
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.oneof(fc.string({ maxLength: 3 }), fc.integer()).map((member) => new Union(member)),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    tie('value').map((later) => Lazy.any({ produce: () => later })),
    tie('value').map((later) => ({ resolve: () => later })),
  ),
}));

const labels = fc.dictionary(key, fc.string({ maxLength: 5 }), { maxKeys: 3, noNullPrototype: true });
const patch = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((added) => JsonPatch.add('/added', added)),
  fc.jsonValue({ maxDepth: 2 }).map((added) => JsonPatch.add('/metadata/labels', { added })),
  fc.constant(JsonPatch.remove('/metadata/name')),
  fc.constant(JsonPatch.copy('/metadata', '/copied')),
);

const properties = fc.record({
  spec: value,
  more: fc.dictionary(
    key.filter((text) => !['apiVersion', 'kind', 'metadata', 'resolve'].includes(text)),
    value,
    { maxKeys: 3, noNullPrototype: true },
  ),
  metadata: fc.dictionary(
    key.filter((text) => !['labels', 'annotations', 'namespace', 'finalizers', 'resolve', 'name'].includes(text)),
    value,
    { maxKeys: 3, noNullPrototype: true },
  ),
  labels,
  annotations: labels,
  finalizers: fc.array(fc.string(), { maxLength: 2 }),
  patches: fc.array(patch, { maxLength: 2 }),
});

test('the objects of generated trees', () => {
  fc.assert(
    fc.property(fc.array(properties, { minLength: 1, maxLength: 3 }), (all) => {
      const app = new App();
      const chart = new Chart(app, 'chart', { labels: { team: 'x' } });
      const read = apiObjectReader(app);
      for (const [index, { spec, more, metadata, patches, ...rest }] of all.entries()) {
        const props = { ...more, kind: 'Thing', apiVersion: 'v1', spec, metadata: { ...metadata, ...rest } };
        const one = new ApiObject(
          chart,
          `object-${index}`,
          props as unknown as ConstructorParameters<typeof ApiObject>[2],
        );
        one.addJsonPatch(...patches);
        const { manifest } = read(one);
        // As JSON: there a hole in a list is null, and -0 is 0.
        deepStrictEqual(JSON.parse(JSON.stringify(manifest)), JSON.parse(JSON.stringify(one.toJson())));
      }
    }),
    { seed, numRuns: Number(process.env['RUNS'] ?? 2000) },
  );
}, 300_000);
