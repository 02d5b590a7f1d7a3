import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'cli-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command as a user does, in a process of its own. */
function cli(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', 'lib/cli/main.ts', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** A program beside the examples, so that it finds this package. */
function program(name: string, body: string): string {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `import { AiCluster, aws, Platform, Ref, Tenant } from '${resolve('lib/index.ts')}';\n${body}`);
  return file;
}

const CLUSTER = `
export const platform = new Platform({ name: 'research' });
const cluster = new AiCluster(platform, 'east', { cloud: aws({ region: 'us-east-1' }), kubernetesVersion: '1.35' });
const h100 = cluster.addGpuNodePool('h100', { instanceType: 'p5.48xlarge', minNodes: 4 });
`;
const valid = program('valid', `${CLUSTER}new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] });`);
const broken = program('broken', `${CLUSTER}new Tenant(cluster, 'vision', { quota: [h100.gpus(64)] });`);
const misused = program('misused', `${CLUSTER}new Tenant(cluster, 'Vision!', { quota: [] });`);

describe('cdk8s-ai', () => {
  test('explains itself and gives its version', () => {
    expect(cli().stdout).toContain('cdk8s-ai synth PROGRAM');
    expect(cli('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['paint'], "there is no command 'paint'"],
    [['synth'], 'synth needs the module'],
    [['synth', 'a.ts', '--format', 'helm'], '--format is manifests, argo-cd, flux'],
    [['synth', 'a.ts', '--format', 'flux'], '--repo-url'],
    [['synth', 'a.ts', '--layout', 'heap'], "--layout is unit, object, not 'heap'"],
    [['check', 'a.ts', '--nonsense'], 'nonsense'],
    [['check', join(folder, 'absent.ts')], 'could not be run'],
  ])('answers %j with what is wrong and code 2', (args, message) => {
    const { status, stderr } = cli(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('at parseCommand');
  });
});

describe('cdk8s-ai synth', () => {
  test('writes the platform and says what it is', () => {
    const out = join(folder, 'out');
    const { status, stdout, stderr } = cli('synth', valid, '--out', out);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/cluster east: \d+ units/);
    expect(readdirSync(join(out, 'east'))).toContain('tenant-vision');
  });

  test('writes nothing when a rule is broken, names it, and ends with code 1', () => {
    const out = join(folder, 'refused');
    const { status, stdout } = cli('synth', broken, '--out', out);
    expect(status).toBe(1);
    expect(stdout).toMatch(/QUOTA-009 at east\/vision: .*\n.*\n[\s\S]*Nothing was written/);
    expect(existsSync(out)).toBe(false);
  });

  test('shows a misused construct as a finding, without a stack trace', () => {
    const { status, stdout, stderr } = cli('synth', misused, '--out', join(folder, 'misused'));
    expect(status).toBe(1);
    expect(stdout).toMatch(/^NAME-001 at east\/Vision!: .*\n.*'vision'/);
    expect(stdout + stderr).not.toMatch(/ {4}at /);
  });

  test('gives one JSON document, whatever happens', () => {
    const report = (file: string) => JSON.parse(cli('synth', file, '--json', '--out', join(folder, 'json')).stdout);
    expect(report(valid)).toMatchObject({ platform: 'research', errors: 0, files: { removed: [] } });
    expect(report(broken)).toMatchObject({ errors: 1, written: false, findings: [{ code: 'QUOTA-009' }] });
    expect(report(misused)).toMatchObject({ errors: 1, written: false, findings: [{ code: 'NAME-001' }] });
  });

  test('gives each object a file of its own when asked to, and goes back', () => {
    const out = join(folder, 'layout');
    expect(cli('synth', valid, '--layout', 'object', '--out', out).status).toBe(0);
    expect(readdirSync(join(out, 'east/tenant-vision'))).toContain('ResourceQuota_vision_quota.yaml');
    expect(cli('synth', valid, '--out', out).status).toBe(0);
    expect(readdirSync(join(out, 'east/tenant-vision'))).toEqual(['objects.yaml']);
  });

  test('tells machines how far it is, and is silent in a pipe', () => {
    const [piped, json] = [[], ['--json']].map(
      (more) => cli('synth', valid, '--out', join(folder, 'far'), ...more).stderr,
    );
    expect(piped).toBe('');
    const events = (json ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(events.map(({ phase }) => phase))).toEqual(new Set(['collect', 'check', 'write']));
    const { done, total } = events.at(-1);
    expect(total).toBeGreaterThan(1);
    expect(done).toBe(total);
  });

  test('fills references from a bindings file, and lists those that have no value', () => {
    const refs = program(
      'refs',
      `${CLUSTER}
import { ApiObject, Chart } from '${resolve('node_modules/cdk8s/lib/index.js')}';
new ApiObject(new Chart(cluster, 'extras'), 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'default' }, data: { vpc: Ref.string('east/vpcId').resolve() } });`,
    );
    expect(cli('synth', refs, '--out', join(folder, 'refs')).stdout).toMatch(
      /REF-002[\s\S]*east\/vpcId at east\/extras\/map\.data\.vpc/,
    );
    const bindings = join(folder, 'bindings.json');
    writeFileSync(bindings, JSON.stringify({ 'east/vpcId': 'vpc-1' }));
    expect(cli('synth', refs, '--out', join(folder, 'refs'), '--bindings', bindings).status).toBe(0);
    writeFileSync(bindings, '{');
    expect(cli('synth', refs, '--out', join(folder, 'refs'), '--bindings', bindings)).toMatchObject({ status: 2 });
  });
});

describe('cdk8s-ai check', () => {
  test('writes nothing and ends with 0 or 1', () => {
    expect(cli('check', valid)).toMatchObject({ status: 0 });
    expect(cli('check', broken)).toMatchObject({ status: 1 });
  });

  test('ends with 3 when something could not be judged, unless that is allowed', () => {
    const unsure = program(
      'unsure',
      `${CLUSTER.replace("kubernetesVersion: '1.35'", "kubernetesVersion: '1.35', components: { volcano: { installed: true } }")}
import { Scheduler, TrainingQueue } from '${resolve('lib/index.ts')}';
new TrainingQueue(new Tenant(cluster, 'vision', { quota: [h100.gpus(32)] }), 'q', { scheduler: Scheduler.volcano(), guarantee: [h100.gpus(8)] });`,
    );
    const { status, stdout } = cli('check', unsure);
    expect(status).toBe(3);
    expect(stdout).toMatch(/unknown QUOTA-033/);
    expect(cli('check', unsure, '--allow-unknown')).toMatchObject({ status: 0 });
  });
});

test('cdk8s-ai preflight says what to have first, as text and as JSON', () => {
  expect(cli('preflight', valid).stdout).toMatch(/quota 'Running On-Demand P instances': 768 vCPU/);
  expect(JSON.parse(cli('preflight', valid, '--json').stdout)).toMatchObject({
    platform: 'research',
    clusters: [{ cluster: 'east' }],
  });
});

test('cdk8s-ai report has the findings and what to have first, and ends with code 1 when a rule is broken', () => {
  const { status, stdout } = cli('report', broken);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^\| error \| QUOTA-009 \| east\/vision \|/m);
  expect(stdout).toContain("- quota 'Running On-Demand P instances': 768 vCPU");
  expect(JSON.parse(cli('report', valid, '--json').stdout)).toMatchObject({
    platform: 'research',
    clusters: [{ name: 'east' }],
    errors: 0,
    preflight: [{ cluster: 'east' }],
  });
});

test('the cdk8s command synthesizes the examples into its scratch folder', () => {
  const cwd = 'examples/aws-h100-training';
  const { status, stderr } = spawnSync(process.execPath, [resolve('node_modules/cdk8s-cli/bin/cdk8s'), 'synth'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, CDK8S_CLI_DISABLE_VERSION_CHECK: '1' },
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(readdirSync(join(cwd, '.cdk8s-scratch/east'))).toContain('volcano');
});
