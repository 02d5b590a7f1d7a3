import { deepStrictEqual } from 'node:assert';
import { spawnSync } from 'node:child_process';
import jsYaml from 'js-yaml';
import { expect, test } from 'vitest';
import type { PlatformModel } from '../../lib/model/platform-model.ts';
import { renderArgoCd } from '../../lib/render/gitops/argo-cd.ts';
import { renderFlux } from '../../lib/render/gitops/flux.ts';
import { renderManifests } from '../../lib/render/manifests.ts';
import { exampleNames, loadExample } from '../examples.ts';

const options = { repoUrl: 'https://git.example.com/platform.git' };

const read = new Set<string>();

/** Every YAML text of every output that was not read before; most of them are the same in several. */
function newTextsOf(model: PlatformModel): readonly string[] {
  const trees = [renderManifests(model), renderArgoCd(model, options), renderFlux(model, options)];
  const files = trees.flatMap((tree) => [...tree]).filter(([path]) => path.endsWith('.yaml'));
  const texts = [...new Set(files.map(([, text]) => text))].filter((text) => !read.has(text));
  for (const text of texts) read.add(text);
  return texts;
}

// YAML 1.1, where CRDs have met readers that take a plain `=` or a day for something else.
const program = `
import json, sys, yaml
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
print(json.dumps([list(yaml.load_all(text, loader)) for text in json.load(sys.stdin)]))
`;
const pyYaml = spawnSync('python3', ['-c', 'import yaml'], { timeout: 20_000 }).status === 0;

// The lane reads them all; here one that has every output's kind of file, as reading the CRDs of each takes its time.
const names = process.env['EXAMPLES'] === 'all' ? exampleNames : ['existing-minimal'];

test.skipIf(!pyYaml).each(names)(
  'PyYAML reads every file of every output of %s as JavaScript does (not run without python3 and PyYAML)',
  async (name) => {
    const texts = newTextsOf((await loadExample(name)).bound);
    const { stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify(texts),
      encoding: 'utf8',
      maxBuffer: 2 ** 27,
    });
    expect(stderr).toBe('');
    deepStrictEqual(
      JSON.parse(stdout),
      texts.map((text) => jsYaml.loadAll(text)),
    );
  },
  120_000,
);
