import { deepStrictEqual } from 'node:assert';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import jsYaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Json } from '../../lib/model/json.ts';
import { emitDocuments, emitYaml } from '../../lib/render/yaml.ts';
import { hostileDocuments, hostileStrings } from '../render/hostile-documents.ts';

/** Stored, so that a failure in one place is a failure everywhere; FC_SEED looks elsewhere. */
const seed = Number(process.env['FC_SEED'] ?? 20_261_123);

/** Pieces whose combinations are numbers, dates, indicators, breaks and escapes more often than chance would make them. */
const pieces = [
  ...'0123456789abefnoxyEOTXYZ+-._:~=<>|#&*!?%@`,[]{}()"\'\\/$ \t\n\u0085\u2028\ufeff\u00e9\u{1f600}',
  '  ',
  '\n\n',
  ': ',
  ' #',
  '- ',
  '---',
  '\r\n',
  'inf',
  'null',
  'true',
  '2026-11-23',
  'T',
  '12:30',
  '\u0000',
  '\ud7ff',
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.constantFrom(...hostileStrings().filter((hostile) => hostile.length < 200)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.string({ unit: fc.constantFrom(...'ab: #-\t\n'), maxLength: 6 }), { maxLength: 5 })
      .map((all) => all.join('\n')),
  },
);

const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));

const { document } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      { weight: 6, arbitrary: text },
      { weight: 1, arbitrary: number },
      { weight: 1, arbitrary: fc.constantFrom(null, true, false) },
    ),
    fc.array(tie('document'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(text, tie('document')), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));

// `deepStrictEqual` rather than `toStrictEqual`, which a member named `constructor` misleads.
describe('YAML for every value', () => {
  test.each([
    ['yaml as YAML 1.2', (source: string) => parse(source, { version: '1.2' })],
    ['yaml as YAML 1.1', (source: string) => parse(source, { version: '1.1' })],
    ['js-yaml', (source: string) => jsYaml.load(source)],
  ])('%s reads back what was written', (_, read: (source: string) => unknown) => {
    for (const value of hostileDocuments) deepStrictEqual(read(emitYaml(value)), value);
    fc.assert(
      fc.property(document, (value) => {
        deepStrictEqual(read(emitYaml(value)), value);
      }),
      { seed, numRuns: 4000 },
    );
  });

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
      { seed, numRuns: 500 },
    );
  });

  const pyYaml = spawnSync('python3', ['-c', 'import yaml'], { timeout: 20_000 }).status === 0;
  test.skipIf(!pyYaml)('PyYAML reads back what was written (not run without python3 and PyYAML)', () => {
    const values = [...hostileDocuments, ...fc.sample(document, { seed, numRuns: 3000 })];
    const input = JSON.stringify(values.map((value) => [emitYaml(value), value]));
    const python = spawnSync('python3', ['-c', comparison], {
      input,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 2 ** 26,
    });
    expect(python.stderr).toBe('');
    expect(JSON.parse(python.stdout)).toEqual({ read: values.length, different: [] });
  });
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
