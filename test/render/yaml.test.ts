import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PlatformError } from '../../lib/model/errors.ts';
import type { Json } from '../../lib/model/json.ts';
import { emitDocuments, emitYaml } from '../../lib/render/yaml.ts';

function refusal(value: unknown): PlatformError {
  try {
    emitYaml(value as Json);
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('what a reviewer sees', () => {
  test('an object reads as kubectl would print it, members in the order given', () => {
    const text = emitYaml({
      kind: 'Pod',
      spec: {
        containers: [{ name: 'a', image: 'registry.example.com:5000/a/b:v1.2', args: ['--port=8080', '-v'], env: [] }],
        nodeSelector: {},
      },
    });
    expect(text).toBe(`kind: Pod
spec:
  containers:
  - name: a
    image: registry.example.com:5000/a/b:v1.2
    args:
    - --port=8080
    - "-v"
    env: []
  nodeSelector: {}
`);
  });

  test('objects in one file have their members by key, after what people know an object by', () => {
    const object = { spec: { b: [{ z: 1, a: 2 }], a: 1 }, metadata: { namespace: 'b', name: 'a' }, kind: 'Pod' };
    expect(emitDocuments([{ ...object, apiVersion: 'v1', data: {} }, object])).toBe(`apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: b
data: {}
spec:
  a: 1
  b:
  - a: 2
    z: 1
---
kind: Pod
metadata:
  name: a
  namespace: b
spec:
  a: 1
  b:
  - a: 2
    z: 1
`);
  });

  test('the order does not depend on how wide an object is, or on how many kinds of objects were written before', () => {
    const keys = Array.from({ length: 300 }, (_, index) => `k${index}`);
    const text = (order: readonly string[]) => emitDocuments([Object.fromEntries(order.map((key) => [key, key]))]);
    expect(text(keys.toReversed())).toBe(text(keys));
    for (let index = 0; index < 12_000; index++) emitDocuments([{ [`only-${index}`]: 1 }]);
    expect(emitDocuments([{ 'zz-new': 1, 'aa-new': 2 }])).toBe('aa-new: 2\nzz-new: 1\n');
  });

  test('a configuration of several lines stays lines', () => {
    const conf = '[global]\n\tlevel = "info"  # default\n\n  path = C:\\x\n';
    expect(emitYaml({ data: { 'a.conf': conf }, list: ['x\ny'] })).toBe(
      'data:\n  a.conf: |\n    [global]\n    \tlevel = "info"  # default\n\n      path = C:\\x\nlist:\n- |-\n  x\n  y\n',
    );
  });

  test.each([
    ['no line break at the end', 'a\nb', '|-'],
    ['one', 'a\nb\n', '|'],
    ['several', 'a\nb\n\n\n', '|+'],
  ])('the header of a block tells %s', (_, text, header) => {
    expect(emitYaml({ text })).toContain(`text: ${header}\n`);
    expect(parse(emitYaml({ text, after: 1 }))).toEqual({ text, after: 1 });
  });

  test.each([
    '500m',
    '16Gi',
    '25%',
    'RollingUpdate',
    '/healthz',
    'nvidia.com/gpu',
    '--flag=a,b',
    'two words',
    'http://a:80/',
  ])('%s needs no quotes', (text) => {
    expect(emitYaml({ text })).toBe(`text: ${text}\n`);
  });

  test.each([
    '',
    '1.35',
    'no',
    'Y',
    '0o17',
    '1:20',
    '1e3',
    'e1',
    '~',
    '=',
    '<<',
    '.inf',
    '2026-11-23',
    '- a',
    'a: b',
    'a #b',
    ' a',
    'a ',
  ])('"%s" is quoted', (text) => {
    expect(emitYaml({ text })).toBe(`text: "${text}"\n`);
    expect(emitYaml({ [text]: 1 })).toBe(`"${text}": 1\n`);
  });

  test('JSON inside a string is spared the backslashes', () => {
    expect(emitYaml({ note: `{"it's": "\\d"}` })).toBe(`note: '{"it''s": "\\d"}'\n`);
  });

  test('what cannot be seen is written as an escape', () => {
    expect(emitYaml(['\u0085\u2028\ufeff\u0000\u007f', 'a\r\nb', 'a \nb '])).toBe(
      '- "\\u0085\\u2028\\ufeff\\u0000\\u007f"\n- "a\\r\\nb"\n- "a \\nb "\n',
    );
  });
});

describe('what is carried', () => {
  test('keys that mean something to JavaScript or to YAML are keys like any other', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}, "constructor": "b", "<<": {"c": 2}}');
    expect(emitYaml(value)).toBe('__proto__:\n  a: 1\nconstructor: b\n"<<":\n  c: 2\n');
  });

  test('a key longer than readers search for its colon is written as an explicit key', () => {
    const key = 'k'.repeat(1001);
    expect(emitYaml([{ [key]: { a: 1 } }])).toBe(`- ? ${key}\n  :\n    a: 1\n`);
  });

  test('undefined members are dropped as in JSON, and an object of nothing else is an empty object', () => {
    expect(emitYaml({ a: undefined, b: { c: undefined }, d: [{ e: undefined }] })).toBe('b: {}\nd:\n- {}\n');
  });

  test.each([
    [-0, '-0.0'],
    [1e21, '1.0e+21'],
    [1.5e-7, '1.5e-7'],
    [2 ** 53, '9007199254740992'],
  ])('the number %d is a number to YAML 1.1 and 1.2', (value, text) => {
    expect(emitYaml(value)).toBe(`${text}\n`);
  });

  test('documents are divided by a line of dashes', () => {
    expect(emitDocuments([{ a: 1 }, ['x'], 'end'])).toBe('a: 1\n---\n- x\n---\nend\n');
    expect(emitDocuments([])).toBe('');
  });
});

describe('what is refused, by its path', () => {
  class Quantity {}
  test.each([
    ['NaN', { spec: { replicas: Number.NaN } }, 'spec.replicas', 'NaN'],
    ['an infinite number', [1, Number.POSITIVE_INFINITY], '[1]', 'Infinity'],
    ['a bigint', { a: [{ 'b/c': 1n }] }, 'a[0]["b/c"]', 'bigint'],
    ['a function', { a: () => 1 }, 'a', 'function'],
    ['a symbol', [Symbol.iterator], '[0]', 'symbol'],
    ['a hole in a list', { a: [1, undefined] }, 'a[1]', 'undefined'],
    ['undefined as a whole', undefined, 'the whole document', 'undefined'],
    ['a class instance', { a: new Quantity() }, 'a', 'an instance of Quantity'],
    ['a date', { a: new Date(0) }, 'a', 'an instance of Date'],
    ['a map', [new Map()], '[0]', 'an instance of Map'],
    ['an object with an unnamed prototype', { a: Object.create({ b: 1 }) }, 'a', 'Object'],
  ])('%s', (_, value, where, what) => {
    const error = refusal(value);
    expect([error.code, error.where]).toEqual(['YAML-001', where]);
    expect(error.what).toContain(what);
  });

  test.each([
    ['as a value', { a: ['\ud800'] }, 'a[0]'],
    ['in a text of several lines', { a: 'x\ny\udc00\n' }, 'a'],
    ['in a key', { a: { 'k\udc00': 1 } }, 'a["k\\udc00"]'],
  ])('half of a surrogate pair %s', (_, value, where) => {
    expect(refusal(value)).toMatchObject({ code: 'YAML-002', where });
  });

  test('an object that contains itself, naming both places', () => {
    const inner: { [key: string]: unknown } = { name: 'x' };
    inner['back'] = [inner];
    expect(refusal({ spec: inner })).toMatchObject({
      code: 'YAML-003',
      where: 'spec.back[0]',
      what: 'it is the same object as spec, which contains it',
    });
  });

  test('the same object twice side by side is no cycle', () => {
    const labels = { app: 'a' };
    expect(emitYaml({ a: labels, b: labels })).toBe('a:\n  app: a\nb:\n  app: a\n');
  });

  test('nesting that readers would not follow', () => {
    const nested = (depth: number): Json => (depth === 0 ? 'x' : { a: nested(depth - 1) });
    expect(emitYaml(nested(98))).toContain('a: x');
    expect(refusal(nested(99)).what).toBe('it is nested deeper than 98 levels');
  });

  test('the number of the document is named', () => {
    expect(() => emitDocuments([{}, { a: Number.NaN }])).toThrow('YAML-001 at document 2: a: ');
  });
});
