import fc from 'fast-check';
import type { Json } from '../../lib/model/json.ts';
import { hostileStrings } from './hostile-documents.ts';

/** Stored, so that a failure in one place is a failure everywhere; FC_SEED looks elsewhere. */
export const seed = Number(process.env['FC_SEED'] ?? 20_261_123);

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

/** Values of any shape, made of such texts and of numbers. */
export const { document } = fc.letrec<{ document: Json }>((tie) => ({
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
