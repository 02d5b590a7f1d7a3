import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import type { ChartReference } from '../../lib/model/platform-model.ts';
import { examplePlatform, exampleUnit } from '../../lib/policies/examples.ts';
import { sup001 } from '../../lib/policies/sup-001.ts';
import { sup012 } from '../../lib/policies/sup-012.ts';

describe('SUP-001', () => {
  const check = (changes: Partial<ChartReference>) => {
    const chart: ChartReference = {
      release: 'volcano',
      namespace: 'volcano-system',
      repository: 'https://volcano-sh.github.io/helm-charts',
      chart: 'volcano',
      version: '1.15.1',
      values: {},
      skipCrds: true,
      hooks: false,
      ...changes,
    };
    return sup001.check(examplePlatform({ units: [{ ...exampleUnit(), charts: [chart] }] }));
  };

  test.each(['1.15.1', 'v26.7.0', '1.0.0-rc.1', '2.3.4+build.5'])('the version %s is exact', (version) => {
    expect(check({ version })).toEqual([]);
  });

  test.each(['', '1.15', '~1.15.1', '^1.15.1', '>=1.15.1', '1.15.x', '*', 'latest', '1.15.1 - 1.16.0', '1.15.1\n'])(
    'the version %j is not',
    (version) => expect(check({ version })).toMatchObject([{ outcome: 'fail', where: 'example/east/vision' }]),
  );

  test('charts come from an https or an OCI repository', () => {
    expect(check({ repository: 'oci://ghcr.io/kserve/charts' })).toEqual([]);
    expect(check({ repository: 'http://charts.example.com' })).toHaveLength(1);
    expect(check({ repository: './charts' })).toMatchObject([{ what: expect.stringContaining("'./charts'") }]);
  });
});

describe('SUP-012', () => {
  const role = (name: string, version = 'v1'): Manifest => ({
    apiVersion: `rbac.authorization.k8s.io/${version}`,
    kind: 'Role',
    metadata: { name, namespace: 'vision' },
  });
  const unit = (path: string, manifest: Manifest) => ({ ...exampleUnit(), id: path, objects: [{ path, manifest }] });
  const cluster = (...units: readonly ReturnType<typeof unit>[]) => examplePlatform({ units });

  test('both construct paths are named, whichever was made first', () => {
    const one = unit('example/east/a', role('reader'));
    const other = unit('example/east/b', role('reader'));
    expect(sup012.check(cluster(one, other))).toMatchObject([
      {
        where: 'example/east/b',
        what: 'Role.rbac.authorization.k8s.io/vision/reader is made here and at example/east/a',
      },
    ]);
    expect(sup012.check(cluster(other, one))).toEqual(sup012.check(cluster(one, other)));
  });

  test('the version of the API is no part of the identity, kind and namespace are', () => {
    const namespaced = { ...role('reader'), metadata: { name: 'reader', namespace: 'speech' } };
    const binding = { ...role('reader'), kind: 'RoleBinding' };
    const first = unit('example/east/a', role('reader'));
    expect(sup012.check(cluster(first, unit('example/east/b', role('reader', 'v1beta1'))))).toHaveLength(1);
    expect(sup012.check(cluster(first, unit('example/east/b', namespaced), unit('example/east/c', binding)))).toEqual(
      [],
    );
  });

  test('names that differ by letter case alone share a file on some machines', () => {
    expect(
      sup012.check(cluster(unit('example/east/a', role('Reader')), unit('example/east/b', role('reader')))),
    ).toMatchObject([
      {
        where: 'example/east/b',
        what: expect.stringMatching(/only by letter case .* example\/east\/a$/),
        fix: 'Rename one of them.',
      },
    ]);
  });

  test('every further object of one identity is reported', () => {
    const paths = ['example/east/a', 'example/east/b', 'example/east/c'];
    expect(sup012.check(cluster(...paths.map((path) => unit(path, role('reader'))))).map(({ where }) => where)).toEqual(
      paths.slice(1),
    );
  });

  test('two clusters may hold the same objects', () => {
    const [east] = cluster(unit('example/east/a', role('reader'))).clusters;
    const model = examplePlatform();
    expect(sup012.check({ ...model, clusters: east === undefined ? [] : [east, { ...east, name: 'west' }] })).toEqual(
      [],
    );
  });
});
