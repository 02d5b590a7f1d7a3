import { describe, expect, test } from 'vitest';
import type { PlatformModel, Waiver } from '../../lib/model/platform-model.ts';
import { check } from '../../lib/policies/check.ts';
import { examplePlatform, examplePool } from '../../lib/policies/examples.ts';
import { fail, type Policy, unknown } from '../../lib/policies/policy.ts';
import { Verification } from '../../lib/policies/verification.ts';

const rule = (id: string, severity: Policy['severity'], verdicts: Policy['check']): Policy => ({
  id,
  title: '',
  why: '',
  source: '',
  severity,
  check: verdicts,
  examples: { passing: examplePlatform, failing: examplePlatform },
});

const broken = rule('TEST-001', 'error', () => [fail('east/vision', 'it is broken', 'mend it')]);
const waived = (...waivers: readonly Waiver[]): PlatformModel => ({ ...examplePlatform(), waivers });
const waiver: Waiver = { rule: 'TEST-001', path: 'east', reason: 'migration until spring', expires: '2027-03-31' };

describe('a report', () => {
  test('counts errors, warnings and what could not be judged apart from each other', () => {
    const rules = [
      broken,
      rule('TEST-002', 'warning', () => [fail('a', 'b', 'c')]),
      rule('TEST-003', 'error', () => [unknown('a', 'b', 'c')]),
      rule('TEST-004', 'error', () => []),
    ];
    expect(check(examplePlatform(), undefined, rules)).toMatchObject({
      errors: 1,
      warnings: 1,
      unknown: 1,
      waived: 0,
      evaluated: ['TEST-001', 'TEST-002', 'TEST-003', 'TEST-004'],
    });
  });

  test('is sorted, whatever order the rules and the pools are in', () => {
    const pools = [
      { ...examplePool, name: 'b', taints: [] },
      { ...examplePool, name: 'a', taints: [] },
    ];
    const one = check(examplePlatform({ pools }));
    const other = check(examplePlatform({ pools: [...pools].reverse() }));
    expect(one.findings).toEqual(other.findings);
  });
});

describe('a waiver', () => {
  test('keeps the finding in the report and lets synth go on', () => {
    const report = check(waived(waiver), '2026-11-24', [broken]);
    expect(report).toMatchObject({ errors: 0, waived: 1, findings: [{ code: 'TEST-001', outcome: 'waived' }] });
  });

  test('covers its own rule and path and nothing else', () => {
    expect(check(waived({ ...waiver, rule: 'TEST-002' }), undefined, [broken]).errors).toBe(1);
    expect(check(waived({ ...waiver, path: 'east/vis' }), undefined, [broken]).errors).toBe(1);
  });

  test('ends on its last day, and then is a finding itself', () => {
    expect(check(waived(waiver), '2027-03-31', [broken]).errors).toBe(0);
    const report = check(waived(waiver), '2027-04-01', [broken]);
    expect(report.findings.map((finding) => finding.code)).toEqual(['TEST-001', 'WAIVER-001']);
    expect(report.errors).toBe(1);
  });

  test('never ends where no day is given, so that a program gives the same result on any day', () => {
    expect(check(waived({ ...waiver, expires: '2000-01-01' }), undefined, [broken]).errors).toBe(0);
  });
});

describe('an error on many objects', () => {
  const namespace = (index: number) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `Team-${index}`, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  const [cluster] = examplePlatform().clusters;
  const mistaken = (count: number): PlatformModel => {
    const objects = Array.from({ length: count }, (_, index) => ({
      path: `east/${index}`,
      manifest: namespace(index),
    }));
    const unit = { id: 'app', kind: 'app', runOnce: false, path: 'east', dependsOn: [], charts: [], objects } as const;
    return { ...examplePlatform(), clusters: cluster === undefined ? [] : [{ ...cluster, units: [unit] }] };
  };

  test('is shown on some of them, with the number of the others', () => {
    const shown = () => {
      try {
        return [...new Verification(mistaken(60)).clusters()].length;
      } catch (error) {
        return String(error);
      }
    };
    expect(shown()).toMatch(/: 60 errors were found\n/);
    expect(String(shown()).match(/FIT-025 at/g)).toHaveLength(50);
    expect(shown()).toMatch(/\n\.\.\. and 10 more, which /);
  });

  test('is counted on all of them, however many there are', () => {
    const verification = new Verification(mistaken(150_000));
    expect(() => [...verification.clusters()]).toThrow(/150000 errors were found/);
    expect(verification.report.errors).toBe(150_000);
  });
});
