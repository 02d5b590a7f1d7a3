import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApiObject, Chart, Lazy } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import { afterAll, describe, expect, test } from 'vitest';
import { writeTree } from '../../lib/render/files.ts';
import { renderManifests } from '../../lib/render/manifests.ts';

// The work of a synth, counted. Clocks tell less: they depend on the machine and on who else uses it.

const folder = mkdtempSync(join(tmpdir(), 'synth-work-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A platform with this many charts of ten objects each, every one with a value that is made when it is asked for. */
function platformOf(charts: number, image = '1', resolved = () => {}): Platform {
  const platform = new Platform({ name: 'work' });
  const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
  for (let index = 0; index < charts; index++) {
    const chart = new Chart(cluster, `c${index}`, { disableResourceNameHashes: true });
    for (let object = 0; object < 10; object++) {
      const metadata = { name: `o${index}-${object}`, namespace: 'web' };
      const produce = () => {
        resolved();
        return { image: index === 0 ? image : '1' };
      };
      new ApiObject(chart, `o${object}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: Lazy.any({ produce }),
      } as never);
    }
  }
  return platform;
}

test('each value that is made later is made once in a synth', () => {
  let made = 0;
  const platform = platformOf(20, '1', () => {
    made++;
  });
  writeTree(join(folder, 'made'), renderManifests(platform.verifiedModel()));
  expect(made).toBe(200);
});

test('a synth writes what differs: all, nothing, one unit', () => {
  const synth = (image: string) => writeTree(join(folder, 'out'), renderManifests(platformOf(20, image).model()));
  expect(synth('1')).toMatchObject({ unchanged: [], written: { length: 21 } });
  expect(synth('1')).toMatchObject({ unchanged: { length: 21 }, written: [] });
  expect(synth('2')).toMatchObject({ written: ['east/app-c0/objects.yaml'], removed: [] });
});

describe('modules are loaded by those who need them', () => {
  const counter = join(folder, 'counter.mjs');
  writeFileSync(
    counter,
    `import { registerHooks } from 'node:module';
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on('exit', () => process.stderr.write(JSON.stringify(urls)));
`,
  );

  /** The files of this repository that the command loads, without those that it loads for the program. */
  function loaded(...args: readonly string[]): readonly string[] {
    const root = pathToFileURL(resolve('.')).href;
    const { stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', '--import', pathToFileURL(counter).href, 'lib/cli/main.ts', ...args],
      { encoding: 'utf8' },
    );
    const urls = JSON.parse(stderr) as string[];
    return urls.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length + 1));
  }

  test('the version needs five, none of them of the engine', () => {
    const own = ['arguments', 'main', 'package-manifest', 'run'].map((name) => `lib/cli/${name}.ts`);
    expect(loaded('--version').toSorted()).toEqual([...own, 'lib/model/errors.ts']);
  });

  test('manifests need no renderer of GitOps trees, no Helm, no cloud SDK and no cdk8s-plus', () => {
    const files = loaded('synth', 'examples/existing-minimal/platform.ts', '--out', join(folder, 'minimal'));
    expect(files).toContain('lib/render/manifests.ts');
    expect(files.filter((file) => /^lib\/.*(gitops|helm|pulumi|preflight)|@pulumi|cdk8s-plus/.test(file))).toEqual([]);
  });
});
