import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMarkdown } from '../../lib/cli/format-markdown.ts';
import type { Finding, Report } from '../../lib/policies/check.ts';

const summary = { name: 'east', units: 3, objects: 20, charts: 1, pools: 1, queues: 1 };
const finding: Finding = {
  code: 'QUOTA-019',
  severity: 'error',
  outcome: 'fail',
  where: 'east/vision/pretrain',
  what: 'guarantee asks for 64 GPUs',
  fix: 'Lower it.',
};

function reportOf(...findings: readonly Finding[]): Report {
  return { findings, evaluated: ['QUOTA-019'], errors: findings.length, warnings: 0, unknown: 0, waived: 0 };
}

test('a page has what there is, what is wrong, and what to have first', () => {
  const sheet = {
    cluster: 'east',
    cloud: 'aws',
    region: 'us-east-1',
    pools: [],
    quotas: [{ name: 'P instances', unit: 'vCPU', amount: { min: 768, max: 1536 }, uncounted: [] }],
    addresses: [],
    reservations: [],
    permissions: [],
    prerequisites: [],
    unknown: [],
  } as const;
  expect(formatMarkdown('research', [summary], reportOf(finding), [sheet])).toBe(`# Platform research

| cluster | units | objects | charts | pools | queues |
| --- | --- | --- | --- | --- | --- |
| east | 3 | 20 | 1 | 1 | 1 |

## Findings

1 rule: 1 error, 0 warnings, 0 not judged, 0 waived

| outcome | rule | where | what | fix |
| --- | --- | --- | --- | --- |
| error | QUOTA-019 | east/vision/pretrain | guarantee asks for 64 GPUs | Lower it. |

## Before the deployment

### cluster east on aws in us-east-1

- quota 'P instances': 768 to 1536 vCPU
- cost: nothing is bought
`);
});

test('a page without findings has no table of them', () => {
  expect(formatMarkdown('research', [], reportOf(), [])).not.toContain('| outcome |');
});

test('whatever a finding says stands in one cell, and is nothing but text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (what) => {
      const page = formatMarkdown('research', [], reportOf({ ...finding, what }), []);
      const row = page.split('\n').find((line) => line.includes('QUOTA-019')) ?? '';
      expect(row.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(6);
      expect(row).toMatch(/ Lower it\. \|$/);
      expect(row).not.toMatch(/(?<!\\)(?:\\\\)*[<>`[\]&]/);
    }),
    { numRuns: 500 },
  );
});
