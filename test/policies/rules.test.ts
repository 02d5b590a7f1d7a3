import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { check } from '../../lib/policies/check.ts';
import { policies } from '../../lib/policies/index.ts';
import type { Policy } from '../../lib/policies/policy.ts';

const folder = new URL('../../lib/policies/', import.meta.url);
const files = readdirSync(folder).filter((name) => /^[a-z]+-\d{3}\.ts$/.test(name));

describe('the list of rules', () => {
  test('holds every rule file once, in the order of the ids', () => {
    const ids = policies.map((policy) => policy.id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids.map((id) => `${id.toLowerCase()}.ts`)).toEqual([...files].sort());
  });

  test.each(files)('%s exports the rule that it is named after', async (file) => {
    const name = file.replace('-', '').replace('.ts', '');
    const exports: Record<string, Policy> = await import(new URL(file, folder).href);
    expect(exports[name]?.id).toBe(file.replace('.ts', '').toUpperCase());
  });
});

describe.each(policies.map((policy) => [policy.id, policy] as const))('%s', (_id, policy) => {
  test('says what holds, why, and where to read about it', () => {
    expect(policy.title).toMatch(/^[A-Z`].*\.$/);
    expect(policy.why).toMatch(/^.+\.$/);
    expect(policy.source).toMatch(/^https:\/\//);
  });

  test('is silent on its passing example', () => {
    expect(policy.check(policy.examples.passing())).toEqual([]);
  });

  test('fails its failing example, and every verdict says where, what and how to mend it', () => {
    const verdicts = policy.check(policy.examples.failing());
    expect(verdicts.map((verdict) => verdict.outcome)).toContain('fail');
    for (const { where, what, fix } of verdicts) {
      expect(where).toMatch(/^example(\/|$)/);
      expect(what.trim()).not.toBe('');
      expect(fix).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('is evaluated and reported by check', () => {
    const report = check(policy.examples.failing());
    expect(report.evaluated).toContain(policy.id);
    expect(report.findings.map((finding) => finding.code)).toContain(policy.id);
  });
});
