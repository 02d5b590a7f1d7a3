import { describe, expect, test } from 'vitest';
import { checkInputs } from './check-inputs.ts';
import { type Json, secret, UNKNOWN } from './property-value.ts';
import type { Fields, Shape, Typings } from './typings.ts';

const optional = (shape: Shape): Fields => ({ it: { shape, required: false } });
const typings: Typings = {
  package: '@pulumi/example',
  version: '1.0.0',
  resources: {},
  functions: {},
  provider: {},
  types: {
    'inputs.Taint': { fields: { key: { shape: 'string', required: true } } },
    'enums.Size': { values: ['S', 'L'] },
  },
};
const refusals = (shape: Shape, value: Json) =>
  checkInputs(typings, optional(shape), { it: value }, 'a thing').map(
    ({ property, reason }) => `${property}: ${reason}`,
  );

describe('checking inputs against typings', () => {
  test.each<{ what: string; shape: Shape; value: Json }>([
    { what: 'a value that is not known yet', shape: 'number', value: UNKNOWN },
    { what: 'a list with an unknown item', shape: { list: 'number' }, value: [1, UNKNOWN] },
    {
      what: 'a value of one of several types',
      shape: { either: ['string', { type: 'inputs.Taint' }] },
      value: { key: 'a' },
    },
    { what: 'anything where the typings say any', shape: 'any', value: { deep: [1] } },
    { what: 'anything where the typings name a type that they do not hold', shape: { type: 'inputs.Gone' }, value: 1 },
  ])('accepts $what', ({ shape, value }) => {
    expect(refusals(shape, value)).toEqual([]);
  });

  test('a secret is checked like its content', () => {
    expect(refusals('number', secret('1'))).toEqual(['it: expected a number, got the string "1"']);
  });

  test('a fault deep inside is named by its path', () => {
    const shape: Shape = { map: { list: { type: 'inputs.Taint' } } };
    expect(refusals(shape, { pool: [{ key: 'a' }, {}] })).toEqual([
      'it.pool[1].key: missing required property "key" of inputs.Taint',
    ]);
  });

  test('of several types, the one that nearly fits is explained', () => {
    expect(refusals({ either: [{ type: 'enums.Size' }, { type: 'inputs.Taint' }] }, 'M')).toEqual([
      'it: expected one of S, L, got the string "M"',
    ]);
  });

  test('one property that is missing and one that is unknown are two refusals', () => {
    const found = checkInputs(typings, { zone: { shape: 'string', required: true } }, { zones: [] }, 'a thing');
    expect(found.map(({ property }) => property)).toEqual(['zone', 'zones']);
  });
});
