import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate, readSources } from '../scripts/import.ts';
import { coreTypeOf } from '../scripts/import-core.ts';
import { type Crd, crdData, crdSchema, parseCrds } from '../scripts/import-crds.ts';
import { emitTypes } from '../scripts/import-emit.ts';
import { parseValues, valuesSchema, withSubchart } from '../scripts/import-values.ts';

const imports = new URL('../imports/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, imports), 'utf8');
const listed = (folder: string) =>
  readdirSync(new URL(folder, imports), { recursive: true, encoding: 'utf8' })
    .filter((path) => extname(path) !== '')
    .sort();
const crdNames = (component: string) =>
  (JSON.parse(read(`crds/${component}.json`)) as Crd[]).map(({ metadata }) => metadata.name);

describe('imports/', () => {
  test('holds byte for byte what the task generates, and nothing else that looks generated', async () => {
    const generated = await generate();
    for (const [path, text] of generated) expect(read(path), path).toBe(text);
    const present = listed('.').filter((path) => !/^(sources|README\.md)/.test(path));
    expect(present).toEqual([...generated.keys()].sort());
  });

  test('records origin, version and checksum of every source', () => {
    const sources = readSources();
    for (const { file, version, origin, sha256 } of sources) {
      expect(version, file).toMatch(/^v?\d+\.\d+\.\d+$/);
      expect(origin, file).toMatch(/^https:\/\/github\.com\/[^/]+\/[^/]+\/(tree|blob)\/[^/]*\d+\.\d+\.\d+\//);
      expect(
        createHash('sha256')
          .update(read(`sources/${file}`))
          .digest('hex'),
        file,
      ).toBe(sha256);
    }
    const present = listed('sources/').filter((path) => !path.endsWith('.keys.yaml'));
    expect(present).toEqual(sources.map(({ file }) => file).sort());
  });

  test('holds types only: nothing is left when they are stripped', () => {
    for (const path of listed('.').filter((path) => path.endsWith('.ts'))) {
      const code = stripTypeScriptTypes(read(path)).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code.trim(), path).toBe('');
    }
  });

  test('a source that differs from its checksum is refused', async () => {
    const [first] = readSources();
    if (!first) throw new Error('no sources');
    await expect(generate([{ ...first, sha256: 'other' }])).rejects.toThrow(first.file);
  });

  test('has the CRDs that the Volcano chart renders', () => {
    expect(crdNames('volcano')).toEqual([
      'colocationconfigurations.config.volcano.sh',
      'commands.bus.volcano.sh',
      'cronjobs.batch.volcano.sh',
      'hypernodes.topology.volcano.sh',
      'jobflows.flow.volcano.sh',
      'jobs.batch.volcano.sh',
      'jobtemplates.flow.volcano.sh',
      'nodeshards.shard.volcano.sh',
      'numatopologies.nodeinfo.volcano.sh',
      'podgroups.scheduling.volcano.sh',
      'queues.scheduling.volcano.sh',
    ]);
  });

  test('keeps the CRDs of the GPU Operator apart from those of its subchart', () => {
    expect(crdNames('gpu-operator')).toEqual([
      'clusterpolicies.nvidia.com',
      'computedomaincliques.resource.nvidia.com',
      'computedomains.resource.nvidia.com',
      'gpuclusters.nvidia.com',
      'nvidiadrivers.nvidia.com',
    ]);
    expect(crdNames('node-feature-discovery')).toEqual([
      'nodefeaturegroups.nfd.k8s-sigs.io',
      'nodefeaturerules.nfd.k8s-sigs.io',
      'nodefeatures.nfd.k8s-sigs.io',
    ]);
  });
});

describe('CRDs', () => {
  const crd = (kind: string, spec: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${kind.toLowerCase()}s.example.com, creationTimestamp: null }
spec:
  group: example.com
  names: { kind: ${kind} }
  versions:
  - { name: v1alpha1, storage: false, schema: { openAPIV3Schema: {} } }
  - { name: v1, storage: true, schema: { openAPIV3Schema: { required: [spec], properties: { spec: { type: object, properties: ${spec} } } } } }
status: { conditions: [] }
---
`;
  const types = (text: string, kinds: Record<string, string>) =>
    emitTypes(crdSchema('Any', parseCrds(text, 'test'), kinds), '', './kubernetes.ts');

  test('lose status and empty creation time, and keep the rest one a line', () => {
    const data = crdData(parseCrds(crd('B', '{ equals: { enum: [=] } }') + crd('A', '{}'), 'test'));
    expect(data.split('\n')).toHaveLength(5);
    expect(data.indexOf('as.example.com')).toBeLessThan(data.indexOf('bs.example.com'));
    expect(data).toContain('"enum":["="]');
    expect(data).not.toMatch(/status|creationTimestamp/);
  });

  test('a stream with another kind of object is refused', () => {
    expect(() => parseCrds('kind: ConfigMap', 'test.yaml')).toThrow('test.yaml: a ConfigMap');
  });

  test('a kind without CRD is refused', () => {
    expect(() => crdSchema('Any', parseCrds(crd('A', '{}'), 'test'), { B: 'B' })).toThrow('no CRD for kind B');
  });

  test('the stored version gives the type, under the name that sources.json asks for', async () => {
    const text = await types(crd('Job', '{ size: { x-kubernetes-int-or-string: true } }'), { Job: 'VolcanoJob' });
    expect(text).toContain("readonly apiVersion: 'example.com/v1'");
    expect(text).toContain('readonly spec: VolcanoJobSpec;');
    expect(text).toContain('readonly size?: string | number;');
  });

  test('equal schemas are declared once', async () => {
    const text = await types(crd('A', '{ one: { type: string } }') + crd('B', '{ one: { type: string } }'), {
      A: 'A',
      B: 'B',
    });
    expect(text.match(/readonly spec: ASpec;/g)).toHaveLength(2);
  });

  test('an open object stays open', async () => {
    const text = await types(crd('A', '{ any: { type: object } }'), { A: 'A' });
    expect(text).toContain('readonly any?: Readonly<Record<string, unknown>>;');
  });
});

describe('core types', () => {
  const shape = (keys: string, ...required: string[]) => ({
    properties: Object.fromEntries(keys.split(' ').map((key) => [key, {}])),
    required,
  });
  const volume =
    'awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir ephemeral fc flexVolume ' +
    'flocker gcePersistentDisk gitRepo glusterfs hostPath iscsi name nfs persistentVolumeClaim photonPersistentDisk ' +
    'portworxVolume projected quobyte rbd scaleIO secret storageos vsphereVolume';

  test('are recognised by their properties', () => {
    expect(coreTypeOf(shape('key operator value effect tolerationSeconds'), 'x')?.name).toBe('Toleration');
    expect(coreTypeOf(shape('matchLabels matchExpressions'), 'x')?.name).toBe('LabelSelector');
  });

  test('of few properties must agree', () => {
    expect(coreTypeOf(shape('key operator value effect'), 'x')).toBeUndefined();
  });

  test('of many properties may lack some, and what they have beyond is told', () => {
    expect(coreTypeOf(shape(`${volume} image`, 'name'), 'x')).toEqual({ name: 'Volume', beyond: ['image'] });
    expect(coreTypeOf(shape('name emptyDir hostPath', 'name'), 'x')).toBeUndefined();
  });

  test('a schema that does not require what the core type requires is not of it', () => {
    expect(coreTypeOf(shape(volume), 'x')).toBeUndefined();
  });

  test('a template of something else than pods is not a pod template', () => {
    const template = { properties: { metadata: {}, spec: shape('replicas') } };
    expect(coreTypeOf(template, 'template')).toBeUndefined();
  });

  test('a reference to a key is to a ConfigMap where the property says so', () => {
    expect(coreTypeOf(shape('key name optional', 'key'), 'configMap')?.name).toBe('ConfigMapKeySelector');
    expect(coreTypeOf(shape('key name optional', 'key'), 'password')?.name).toBe('SecretKeySelector');
  });
});

describe('chart values', () => {
  const types = (defaults: string, keys?: string) =>
    emitTypes(valuesSchema('Values', parseValues(defaults, keys, 'test')), '', './kubernetes.ts');

  test('every key is optional, typed by its default', async () => {
    const text = await types('replicas: 1\nname: ""\nnested: { on: false }\nanything: {}\nunset: ~');
    expect(text).toMatch(/replicas\?: number/);
    expect(text).toMatch(/name\?: string/);
    expect(text).toMatch(/nested\?: \{\s+\/\*\* @default false \*\/\s+readonly on\?: boolean;\s+\}/);
    expect(text).toMatch(/anything\?: Readonly<Record<string, unknown>>/);
    expect(text).toMatch(/unset\?: unknown/);
  });

  test('empty defaults are typed by their names', async () => {
    const text = await types('tolerations: []\nnode_selector: {}\npodLabels: {}\naffinity: ~\nenv: []\nargs: []');
    expect(text).toMatch(/tolerations\?: readonly Toleration\[\]/);
    expect(text).toMatch(/podLabels\?: StringMap/);
    expect(text).toMatch(/node_selector\?: StringMap/);
    expect(text).toMatch(/affinity\?: Affinity/);
    expect(text).toMatch(/env\?: readonly EnvVar\[\]/);
    expect(text).toMatch(/args\?: readonly string\[\]/);
  });

  test('what we know of a chart is added to what its defaults tell', async () => {
    const text = await types(
      'mig: { strategy: single }',
      `types: { mig: { strategy: "'single' | 'mixed'" } }\nadds: { mig: { config: string } }`,
    );
    expect(text).toMatch(/strategy\?: 'single' \| 'mixed'/);
    expect(text).toMatch(/config\?: string/);
  });

  test('knowledge that a new version of the chart has overtaken is refused', () => {
    expect(() => parseValues('a: 1', 'types: { b: string }', 'chart.yaml')).toThrow('chart.yaml: keys to revise: b');
    expect(() => parseValues('a: { b: 1 }', 'adds: { a: { b: string } }', 'chart.yaml')).toThrow('keys to revise: a.b');
  });

  test('a subchart is typed under its name, and the chart that bundles it has the last word on defaults', async () => {
    const chart = parseValues('sub: { replicas: 2 }', undefined, 'chart');
    const subchart = parseValues('replicas: 1\nimage: busybox', 'adds: { debug: boolean }', 'sub');
    const text = await emitTypes(valuesSchema('Values', withSubchart(chart, 'sub', subchart)), '', './kubernetes.ts');
    expect(text).toMatch(/sub\?: \{/);
    expect(text).toContain('@default 2');
    expect(text).toMatch(/image\?: string/);
    expect(text).toMatch(/debug\?: boolean/);
  });
});
