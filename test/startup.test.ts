import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The package as `./dev compile` makes it, and a program of ten objects that uses it. It lies in the repository, because
// it finds cdk8s in the folders above it.
mkdirSync('.cache', { recursive: true });
const folder = mkdtempSync('.cache/startup-');
const cli = 'build/lib/cli/main.js';

beforeAll(() => {
  cpSync('package.json', join(folder, 'package.json'));
  execFileSync(process.execPath, ['scripts/bundle.ts', join(folder, 'build')]);
  writeFileSync(
    join(folder, 'app.mjs'),
    `import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
export const platform = new Platform({ name: 'small' });
const chart = new Chart(new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' }), 'web');
for (let index = 0; index < 10; index++)
  new ApiObject(chart, 'map-' + index, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'web' } });
`,
  );
  writeFileSync(
    join(folder, 'list.mjs'),
    `import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on('exit', () => writeFileSync('loaded.json', JSON.stringify(loaded)));
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files of our own that a run of Node.js loads, and how many there are of other packages. */
function loadedBy(...args: readonly string[]) {
  execFileSync(process.execPath, ['--import', './list.mjs', ...args], { cwd: folder });
  const urls = JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as readonly string[];
  const root = pathToFileURL(`${folder}/`).href;
  return {
    ours: urls.filter((url) => url.startsWith(root)).map((url) => url.slice(root.length)),
    packages: urls.filter((url) => url.includes('/node_modules/')).length,
  };
}

describe('the modules that are loaded', () => {
  test('to say the version: those that read the command line', () => {
    expect(loadedBy(cli, '--version')).toEqual({
      ours: ['build/lib/cli/main.js', 'build/lib/shared/command.js'],
      packages: 0,
    });
  });

  test('to import the library: one file beside the writer, and what cdk8s itself needs', () => {
    const cdk8s = loadedBy('--input-type=module', '--eval', "import 'cdk8s'");
    expect(loadedBy('--input-type=module', '--eval', "import 'cdk8s-ai'")).toEqual({
      ours: ['build/lib/index.js', 'build/lib/shared/core.js', 'build/lib/shared/writer.js'],
      packages: cdk8s.packages,
    });
  });

  test('to synthesize ten objects: no renderer, no cloud and no command that was not asked for', () => {
    const { ours } = loadedBy(cli, 'synth', 'app.mjs');
    expect(ours.sort()).toEqual([
      'app.mjs',
      'build/lib/cli/main.js',
      'build/lib/index.js',
      'build/lib/shared/command.js',
      'build/lib/shared/commands.js',
      'build/lib/shared/core.js',
      'build/lib/shared/writer.js',
    ]);
  });
});

test('every class of the package is in one file, so that all its entries mean the same one', () => {
  const classes = globSync(join(folder, 'build/**/*.js')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bvar (\w+) = class\b/g)].map(([, name]) => name),
  );
  expect(classes).toContain('Platform');
  expect(classes.filter((name, at) => classes.indexOf(name) !== at)).toEqual([]);
});
