import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { output } from '@pulumi/pulumi';
import { ApiObject, App, type AppProps, Chart, JsonPatch, Lazy } from 'cdk8s';
import { IntOrString, KubeConfigMap, KubeService } from 'cdk8s-plus-34/lib/imports/k8s.js';
import { describe, expect, test } from 'vitest';
import { apiObjectReader, KNOWN_CDK8S } from '../../lib/collect/read-api-object.ts';
import type { Json } from '../../lib/model/json.ts';
import { Ref } from '../../lib/model/value.ts';

type Props = Record<string, unknown>;

function object(more: Props = {}, app: AppProps = {}): ApiObject {
  const props = { apiVersion: 'v1', kind: 'Thing', ...more };
  return new ApiObject(new Chart(new App(app), 'chart'), 'object', props as ConstructorParameters<typeof ApiObject>[2]);
}

function read(one: ApiObject): Json {
  return apiObjectReader(one.node.root)(one).manifest as Json;
}

/** What cdk8s makes of the object, as it would stand in JSON. */
function oracle(one: ApiObject): Json {
  return JSON.parse(JSON.stringify(one.toJson())) as Json;
}

/** Something with the shape of the unions that `cdk8s import` generates. */
class Union {
  readonly value: string | number;
  constructor(value: string | number) {
    this.value = value;
  }
}

test('the installed cdk8s is a version that the reader knows', () => {
  const manifest = createRequire(import.meta.url).resolve('cdk8s/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  expect(KNOWN_CDK8S).toContain(version);
});

describe('a manifest is the one that cdk8s would write', () => {
  test.each<[string, () => ApiObject]>([
    ['absent members', () => object({ spec: { a: null, b: undefined, c: {}, d: [], e: [null, undefined, 1] } })],
    ['keys out of order', () => object({ zeta: 1, alpha: { z: 1, a: [{ y: 1, b: 2 }] } })],
    [
      'many keys',
      () => object({ data: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i * 7}`, `${i}`])) }),
    ],
    ['empty metadata', () => object({ metadata: { name: 'x', labels: {}, annotations: {}, finalizers: [] } })],
    ['metadata of any shape', () => object({ metadata: { name: 'x', more: { a: {}, b: [], c: [{}, [], null, 1] } } })],
    ['Lazy', () => object({ spec: Lazy.any({ produce: () => ({ a: Lazy.any({ produce: () => [1, null] }) }) }) })],
    ['Lazy without a value', () => object({ spec: { a: Lazy.any({ produce: () => undefined }) } })],
    [
      'data that resolve themselves',
      () =>
        object({ resolve: () => ({ apiVersion: 'v1', kind: 'Probe', metadata: { name: 'probe' }, spec: { a: 1 } }) }),
    ],
    ['a token', () => object({ spec: { a: { resolve: () => ({ b: 1 }) }, c: { resolve: 'a word' } } })],
    ['a reference', () => object({ spec: { a: Ref.string('east/a'), b: `x-${Ref.number('east/b')}` } })],
    ['a union', () => object({ spec: { a: new Union(80), b: new Union('http'), c: { value: 80 } } })],
    ['data that inherits', () => object({ spec: Object.assign(Object.create({ inherited: 1 }), { own: 1 }) })],
    ['numbers and booleans', () => object({ spec: { a: 0, b: -1.5, c: 1e21, d: false, e: '' } })],
    ['a generated class', () => kubeService()],
  ])('%s', (_, make) => {
    const one = make();
    deepStrictEqual(read(one), oracle(one));
  });

  test('with what was added to the metadata', () => {
    const one = object();
    one.metadata.addLabel('b', '1');
    one.metadata.addLabel('a', Lazy.any({ produce: () => '2' }) as unknown as string);
    one.metadata.addAnnotation('note', 'x');
    one.metadata.addFinalizers('example.com/last');
    one.metadata.addOwnerReference({ apiVersion: 'v1', kind: 'Thing', name: 'owner', uid: '1' });
    one.metadata.add('generation', 3);
    deepStrictEqual(read(one), oracle(one));
  });

  test('with the labels and the namespace of the chart', () => {
    const chart = new Chart(new App(), 'chart', { namespace: 'team', labels: { app: 'x' } });
    const one = new ApiObject(chart, 'object', {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { labels: { tier: 'y' } },
    });
    deepStrictEqual(read(one), oracle(one));
  });

  test('after JSON patches, of which a null stays', () => {
    const one = object({ spec: { list: [1, 2, 3], gone: 1 } });
    one.addJsonPatch(
      JsonPatch.add('/spec/zeta', { z: 1, a: null }),
      JsonPatch.remove('/spec/gone'),
      JsonPatch.add('/spec/list/0', 0),
      JsonPatch.copy('/spec/list', '/spec/alpha'),
      JsonPatch.replace('/metadata/name', 'other'),
      JsonPatch.add('/extra', null),
    );
    deepStrictEqual(read(one), oracle(one));
  });

  test('with the resolvers of the app', () => {
    const shout = {
      resolve: (context: { value: unknown; replaceValue(value: unknown): void }) => {
        if (context.value === 'quiet') context.replaceValue('LOUD');
      },
    };
    const one = object({ spec: { a: 'quiet' } }, { resolvers: [shout] });
    expect(read(one)).toMatchObject({ spec: { a: 'LOUD' } });
    deepStrictEqual(read(one), oracle(one));
  });

  test('and a patch does not change what the user passed', () => {
    const spec = { a: 1 };
    const one = object({ spec });
    one.addJsonPatch(JsonPatch.add('/spec/b', 2));
    read(one);
    expect(spec).toEqual({ a: 1 });
  });
});

function kubeService(): ApiObject {
  return new KubeService(new Chart(new App(), 'chart'), 'service', {
    spec: { ports: [{ port: 80, targetPort: IntOrString.fromString('http') }], selector: { app: 'x' } },
  });
}

describe('data that are plain already', () => {
  test('are those of the user, not a copy', () => {
    const spec = { list: [{ a: 1 }], text: 'x' };
    expect((read(object({ spec })) as { spec: object }).spec).toBe(spec);
  });

  test('are copied only around what is not', () => {
    const spec = { plain: { a: 1 }, rest: [{ b: Lazy.any({ produce: () => 2 }) }, { c: undefined }, { d: 3 }] };
    const copy = (read(object({ spec })) as { spec: typeof spec }).spec;
    expect(copy).toEqual({ plain: { a: 1 }, rest: [{ b: 2 }, {}, { d: 3 }] });
    expect(copy.plain).toBe(spec.plain);
    expect(copy.rest[2]).toBe(spec.rest[2]);
    expect(spec.rest[1]).toHaveProperty('c');
  });
});

describe('what is seen in the texts of an object', () => {
  const seen = (more: Props) => {
    const one = object(more);
    const { mayRefer, mayLeak } = apiObjectReader(one.node.root)(one);
    return { mayRefer, mayLeak };
  };

  test.each<[string, Props]>([
    ['nothing', { spec: { image: 'example.com/a:1', args: ['--port', '80'], secretKeyRef: { key: 'x' } } }],
  ])('%s', (_, more) => {
    expect(seen(more)).toEqual({ mayRefer: false, mayLeak: false });
  });

  test.each<[string, Props]>([
    ['a reference', { spec: { a: `x-${Ref.string('east/a')}` } }],
    ['a reference in a key', { spec: { [`${Ref.string('east/a')}`]: 1 } }],
  ])('%s', (_, more) => {
    expect(seen(more).mayRefer).toBe(true);
  });

  test.each<[string, Props]>([
    ['the shape of a credential', { spec: { a: `hf_${'a'.repeat(34)}` } }],
    ['the same as base64', { spec: { a: btoa(`hf_${'a'.repeat(34)}`) } }],
    ['an address with a password', { spec: { a: 'redis://u:p@host' } }],
    ['a key that names one', { spec: { dbPassword: 'x' } }],
    ['a setting that names one', { spec: { env: [{ name: 'HF_TOKEN', value: 'x' }] } }],
    ['a command line that names one', { spec: { args: ['--token', 'x'] } }],
    ['one that came by a Lazy', { spec: Lazy.any({ produce: () => ({ password: 'x' }) }) }],
    ['one in the metadata', { metadata: { name: 'x', more: { password: 'x' } } }],
  ])('%s', (_, more) => {
    expect(seen(more).mayLeak).toBe(true);
  });

  test('that came by a patch', () => {
    const one = object();
    one.addJsonPatch(JsonPatch.add('/spec', { a: `x-${Ref.string('east/a')}`, password: 'x' }));
    expect(apiObjectReader(one.node.root)(one)).toMatchObject({ mayRefer: true, mayLeak: true });
  });
});

describe('keys that JavaScript uses itself', () => {
  test('are carried, where cdk8s loses them or stops', () => {
    const data = JSON.parse('{"__proto__":{"a":1},"constructor":"b","toString":"c","hasOwnProperty":"d"}') as object;
    const bare = Object.assign(Object.create(null), { value: 'x', other: 'y' });
    const copy = read(object({ data, bare })) as { data: object; bare: object };
    expect(JSON.stringify(copy)).toContain('"__proto__":{"a":1},"constructor":"b","toString":"c","hasOwnProperty":"d"');
    expect(Object.getPrototypeOf(copy.data)).toBe(Object.prototype);
    expect(copy.bare).toEqual({ other: 'y', value: 'x' });
  });
});

describe('what cannot stand in a manifest is refused with its place', () => {
  const cycle: Props = {};
  cycle['self'] = { of: [cycle] };
  const endless: Lazy = Lazy.any({ produce: () => endless });
  test.each<[string, () => ApiObject, string]>([
    ['an Output', () => object({ spec: { a: [output('x')] } }), 'REF-003 at chart/object.spec.a.0:'],
    [
      'an Output behind a Lazy',
      () => object({ a: Lazy.any({ produce: () => output('x') }) }),
      'REF-003 at chart/object.a:',
    ],
    ['an Output in a label', () => labelled(), 'REF-003 at chart/object.metadata.labels.a:'],
    ['an Output in a generated class', () => configMap(), 'REF-003 at chart/map.data.a:'],
    ['a date', () => object({ spec: { at: new Date(0) } }), 'DATA-001 at chart/object.spec.at: an instance of Date'],
    ['a construct', () => object({ spec: { at: new App() } }), 'DATA-001 at chart/object.spec.at: an instance of App'],
    ['a function', () => object({ spec: { run: () => 1 } }), 'DATA-001 at chart/object.spec.run: a function'],
    ['a cycle', () => object({ spec: cycle }), 'DATA-002 at chart/object.spec.self.of.0.self'],
    ['a Lazy that gives itself', () => object({ spec: endless }), 'DATA-002 at chart/object.spec'],
    ['a patch without a place', () => badPatch(), 'PATCH-001 at chart/object: a JSON patch does not apply:'],
  ])('%s', (_, make, message) => {
    const one = make();
    expect(() => read(one)).toThrow(message);
  });

  function labelled(): ApiObject {
    const one = object();
    one.metadata.addLabel('a', output('x') as unknown as string);
    return one;
  }

  function configMap(): ApiObject {
    const data = { a: output('x') as unknown as string };
    return new KubeConfigMap(new Chart(new App(), 'chart'), 'map', { data });
  }

  function badPatch(): ApiObject {
    const one = object();
    one.addJsonPatch(JsonPatch.add('/no/such/place', 1));
    return one;
  }
});

test('a value that is made later is made once', () => {
  let made = 0;
  const produce = () => ({ count: ++made });
  read(object({ spec: { a: Lazy.any({ produce }), b: [Lazy.any({ produce })] } }));
  expect(made).toBe(2);
});
