import type { ChartReference, UnitModel } from '../model/platform-model.ts';
import { examplePlatform, exampleUnit } from './examples.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

const EXACT = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

export const sup001: Policy = {
  id: 'SUP-001',
  title: 'Every chart is pinned to one exact version in a repository that is reached over TLS.',
  why: 'A range or a moving tag installs something else tomorrow, without a commit that could be rolled back.',
  source: 'https://helm.sh/docs/chart_best_practices/dependencies/#versions',
  severity: 'error',
  check: perCluster((cluster) =>
    cluster.units.flatMap((unit) => unit.charts.flatMap((chart) => [...judge(unit, chart)])),
  ),
  examples: {
    passing: () => withChart('v1.21.1'),
    failing: () => withChart('^1.21.0'),
  },
};

function withChart(version: string) {
  const chart: ChartReference = {
    release: 'cert-manager',
    namespace: 'cert-manager',
    repository: 'https://charts.jetstack.io',
    chart: 'cert-manager',
    version,
    values: {},
    skipCrds: true,
    hooks: false,
  };
  return examplePlatform({ units: [{ ...exampleUnit(), charts: [chart] }] });
}

function* judge(unit: UnitModel, { release, repository, version }: ChartReference): Iterable<Verdict> {
  if (!EXACT.test(version)) {
    const what = `the chart of release '${release}' has the version '${version}', which is not one exact version`;
    yield fail(unit.path, what, "Write the whole version, such as '1.21.1'.");
  }
  if (!/^(https|oci):\/\/./.test(repository)) {
    const what = `the chart of release '${release}' comes from '${repository}', which is neither https:// nor oci://`;
    yield fail(unit.path, what, 'Use the https:// or oci:// address of the repository.');
  }
}
