import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import { afterAll, describe, expect, test } from 'vitest';
import { check } from '../../lib/policies/check.ts';
import { policies } from '../../lib/policies/index.ts';
import { renderManifests } from '../../lib/render/manifests.ts';
import { argoCdTree, fluxTree } from '../render/gitops/tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'synth-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Site {
  readonly name: string;
  /** A namespace without a Pod Security level breaks SEC-001. */
  readonly level?: string;
}

const sites: readonly Site[] = ['west', 'east', 'north'].map((name) => ({ name }));

function build(platform: Platform, { name, level = 'restricted' }: Site): void {
  const cluster = new AiCluster(platform, name, { cloud: existing(), kubernetesVersion: '1.35' });
  const chart = new Chart(cluster, 'web', { disableResourceNameHashes: true });
  const labels: Record<string, string> = level === '' ? {} : { 'pod-security.kubernetes.io/enforce': level };
  new ApiObject(chart, 'namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web', labels } });
  for (const id of ['a', 'b'])
    new ApiObject(chart, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id, namespace: 'web' } });
}

function fleet(all: readonly Site[], outdir = join(folder, 'unused')): Platform {
  const platform = new Platform({ name: 'fleet', outdir });
  platform.addFleet(all, (site) => build(platform, site));
  return platform;
}

function atOnce(all: readonly Site[]): Platform {
  const platform = new Platform({ name: 'fleet' });
  for (const site of all) build(platform, site);
  return platform;
}

describe('a fleet', () => {
  test('is the same platform as its clusters made all at once, as often as it is asked', () => {
    const platform = fleet(sites);
    expect(platform.model()).toEqual(atOnce(sites).model());
    expect(platform.model()).toEqual(platform.model());
    expect(platform.check()).toEqual(atOnce(sites).check());
  });

  test.each([
    ['manifests', renderManifests],
    ['Argo CD', (stream: Parameters<typeof renderManifests>[0]) => argoCdTree(stream as never, gitOps)],
    ['Flux', (stream: Parameters<typeof renderManifests>[0]) => fluxTree(stream as never, gitOps)],
  ])('makes the same files cluster by cluster for %s', (_, render) => {
    expect(new Map(render(fleet(sites).stream()))).toEqual(new Map(render(atOnce(sites).model())));
  });

  test('holds no cluster but the one whose turn it is', () => {
    const platform = fleet(sites);
    const seen: string[] = [];
    for (const { name } of platform.stream().clusters) {
      expect(platform.node.children).toEqual([]);
      seen.push(name);
    }
    expect(seen).toEqual(['west', 'east', 'north']);
  });

  test('is written as a whole or not at all', () => {
    const out = join(folder, 'whole');
    fleet(sites, out).synth();
    expect(
      readdirSync(out)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual(['east', 'north', 'west']);
    const before = readFileSync(join(out, 'east/app-web/objects.yaml'), 'utf8');
    const broken = sites.map((site) =>
      site.name === 'north' ? { ...site, level: '' } : { ...site, level: 'baseline' },
    );
    expect(() => fleet(broken, out).synth()).toThrow(/CHECK-001[\s\S]*SEC-001 at north\/web\/namespace/);
    expect(readFileSync(join(out, 'east/app-web/objects.yaml'), 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['whole']);
  });

  test('has every error of every cluster in its report', () => {
    const broken = sites.map((site) => ({ ...site, level: '' }));
    const places = fleet(broken)
      .check()
      .findings.map(({ where }) => where);
    expect(places).toEqual(['east/web/namespace', 'north/web/namespace', 'west/web/namespace']);
    expect(() => fleet(broken).synth()).toThrow(/3 errors were found/);
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });

  test('with two clusters of one name is refused', () => {
    expect(() => fleet([...sites, { name: 'east' }]).model()).toThrow(
      "NAME-002 at east: there is another cluster 'east'",
    );
  });

  test('whose building fails leaves no half of a cluster behind', () => {
    const platform = new Platform({ name: 'fleet' });
    platform.addFleet(sites, (site) => {
      build(platform, site);
      throw new Error('no such site');
    });
    expect(() => platform.model()).toThrow('no such site');
    expect(platform.node.children).toEqual([]);
  });
});

const gitOps = { repoUrl: 'https://git.example.com/fleet.git' };

test.each(policies.map((rule) => [rule.id, rule] as const))(
  '%s judges cluster by cluster, so that clusters may come one after the other',
  (_, rule) => {
    const models = [rule.examples.failing(), rule.examples.passing(), rule.examples.failing()];
    const all = { ...rule.examples.failing(), clusters: models.flatMap(({ clusters }) => clusters) };
    expect(rule.check(all)).toEqual(models.flatMap((model) => rule.check(model)));
  },
);

test('a waiver that has ended is told once, however many clusters there are', () => {
  const platform = atOnce(sites);
  platform.waive({ rule: 'SEC-001', path: 'east', reason: 'moving out', expires: '2026-01-31' });
  expect(check(platform.model(), '2026-02-01').findings).toMatchObject([{ code: 'WAIVER-001', where: 'east' }]);
});
