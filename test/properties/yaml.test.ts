import { deepStrictEqual } from 'node:assert';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import jsYaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { emitDocuments, emitYaml } from '../../lib/render/yaml.ts';
import { document, seed } from '../render/generated-documents.ts';
import { hostileDocuments } from '../render/hostile-documents.ts';

/** Values for each reader: more than ten thousand in all here, and many more in the lane. */
const CASES = Number(process.env['CASES'] ?? 4000);

// `deepStrictEqual` rather than `toStrictEqual`, which a member named `constructor` misleads.
describe('for every value', () => {
  test.each([
    ['yaml as YAML 1.2', (source: string) => parse(source, { version: '1.2' })],
    ['yaml as YAML 1.1', (source: string) => parse(source, { version: '1.1' })],
    ['js-yaml', (source: string) => jsYaml.load(source)],
  ])(
    '%s reads back what was written',
    (_, read: (source: string) => unknown) => {
      for (const value of hostileDocuments) deepStrictEqual(read(emitYaml(value)), value);
      fc.assert(
        fc.property(document, (value) => {
          deepStrictEqual(read(emitYaml(value)), value);
        }),
        { seed, numRuns: CASES },
      );
    },
    120_000,
  );

  test('documents in one file are read back as the same list', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 4 }), (values) => {
        const source = emitDocuments(values);
        deepStrictEqual(jsYaml.loadAll(source), values);
        deepStrictEqual(
          parseAllDocuments(source).map((one) => one.toJS()),
          values,
        );
      }),
      { seed, numRuns: CASES / 8 },
    );
  }, 120_000);

  const pyYaml = spawnSync('python3', ['-c', 'import yaml'], { timeout: 20_000 }).status === 0;
  test.skipIf(!pyYaml)(
    'PyYAML reads back what was written (not run without python3 and PyYAML)',
    () => {
      const values = [...hostileDocuments, ...fc.sample(document, { seed, numRuns: CASES / 4 })];
      const input = JSON.stringify(values.map((value) => [emitYaml(value), value]));
      const python = spawnSync('python3', ['-c', comparison], {
        input,
        encoding: 'utf8',
        timeout: 100_000,
        maxBuffer: 2 ** 28,
      });
      expect(python.stderr).toBe('');
      expect(JSON.parse(python.stdout)).toEqual({ read: values.length, different: [] });
    },
    120_000,
  );
});

/** Equal as JSON: Python alone would call `1` and `True` equal, while JSON has one kind of number. */
const comparison = `
import json, sys, yaml

def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool): return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)): return float(a) == float(b)
    if type(a) is not type(b): return False
    if isinstance(a, dict): return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
    return a == b

def read(text):
    try: return yaml.safe_load(text)
    except yaml.YAMLError as error: return error

pairs = json.load(sys.stdin)
print(json.dumps({'read': len(pairs), 'different': [text for text, value in pairs if not same(read(text), value)][:10]}))
`;
