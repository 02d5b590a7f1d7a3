import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { PROJECT_CLOUDS } from '../../lib/cli/init/clouds.ts';

const folder = mkdtempSync(join(tmpdir(), 'init-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clouds = Object.keys(PROJECT_CLOUDS);
const node = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['--conditions=source', ...args], { encoding: 'utf8' });
const cli = (...args: readonly string[]) => node('lib/cli/main.ts', ...args);

// Stands for `npm install`: this package and its peers, found from every project.
mkdirSync(join(folder, 'node_modules'));
for (const name of ['@pulumi', '@types', 'cdk8s', 'constructs'])
  symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
symlinkSync(resolve('.'), join(folder, 'node_modules/cdk8s-ai'));

describe.each(clouds)('a new project on %s', (cloud) => {
  const project = join(folder, `my-${cloud}`);
  const made = cli('init', project, '--cloud', cloud);

  test('says what to do next', () => {
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toContain('npm install && npm run check');
  });

  test('synthesizes without a finding', () => {
    const { status, stdout } = cli('synth', join(project, 'platform.ts'), '--out', join(project, 'dist'));
    expect(stdout).toContain('0 errors, 0 warnings, 0 not judged');
    expect(status).toBe(0);
  });

  test('asks for the versions of the peers that this package asks for', () => {
    const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    for (const [name, version] of Object.entries(dependencies))
      if (name !== 'cdk8s-ai') expect(version).toBe(peerDependencies[name]);
  });

  test('has the policy pack that the lane runs on the real engine', () => {
    for (const file of ['index.js', 'package.json', 'PulumiPolicy.yaml']) {
      const text = readFileSync(join(project, 'policy-pack', file), 'utf8');
      const proved = readFileSync(join('examples/policy-pack', file), 'utf8');
      expect(text).toBe(proved.replace(/^#.*\n/, ''));
    }
    for (const file of ['README.md', '.github/workflows/check.yaml'])
      expect(readFileSync(join(project, file), 'utf8')).toContain('--policy-pack policy-pack');
  });

  test('has all that a team needs to begin', () => {
    const files = ['README.md', 'cdk8s.yaml', 'Pulumi.yaml', '.gitignore', '.github/workflows/check.yaml', 'main.ts'];
    expect(files.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  });
});

test('the new projects compile as they are', () => {
  // All with one compiler: the settings are the same everywhere, and most of the work is to read the libraries.
  const settings = clouds.map((cloud) => readFileSync(join(folder, `my-${cloud}`, 'tsconfig.json'), 'utf8'));
  expect(new Set(settings).size).toBe(1);
  const { compilerOptions, include } = JSON.parse(settings[0] ?? '{}');
  const everywhere = clouds.flatMap((cloud) => include.map((files: string) => `my-${cloud}/${files}`));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: everywhere }));
  const { status, stdout } = node(
    'node_modules/typescript/bin/tsc',
    ...['-p', folder, '--customConditions', 'source', '--noUncheckedIndexedAccess'],
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
}, 120_000);

test('a folder that is there already is left alone', () => {
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  const { status, stderr, stdout } = cli('init', taken, '--cloud', 'aws');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FILES-003 at /);
  expect(stderr).toBe('');
  expect(existsSync(join(taken, 'platform.ts'))).toBe(false);
});

test('an unknown cloud is named with those that are known', () => {
  expect(cli('init', join(folder, 'x'), '--cloud', 'moon').stderr).toContain(
    '--cloud is aws, gcp, azure, alibaba, existing',
  );
});
