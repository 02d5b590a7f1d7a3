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

/** Every YAML text of every output; most of them are the same in several. */
function textsOf(model: PlatformModel): ReadonlySet<string> {
  const trees = [renderManifests(model), renderArgoCd(model, options), renderFlux(model, options)];
  const files = trees.flatMap((tree) => [...tree]).filter(([path]) => path.endsWith('.yaml'));
  return new Set(files.map(([, text]) => text));
}

// YAML 1.1, where CRDs have met readers that take a plain `=` or a day for something else.
const program = `
import json, sys, yaml
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
print(json.dumps([list(yaml.load_all(text, loader)) for text in json.load(sys.stdin)]))
`;
const pyYaml = spawnSync('python3', ['-c', 'import yaml'], { timeout: 20_000 }).status === 0;

test.skipIf(!pyYaml).each(exampleNames)(
  'PyYAML reads every file of every output of %s as JavaScript does (not run without python3 and PyYAML)',
  async (name) => {
    const texts = [...textsOf((await loadExample(name)).bound)];
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
