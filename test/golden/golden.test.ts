import { describe, expect, test } from 'vitest';
import { renderManifests } from '../../lib/render/manifests.ts';
import { exampleNames, loadExample } from '../examples.ts';

// The whole output of each example but the vendored CRDs, in one file that a reviewer can read.
describe.each(exampleNames)('the example %s', (name) => {
  test('gives the same files as before', async () => {
    const { bound } = await loadExample(name);
    const files = [...renderManifests(bound)].filter(([path]) => !/-crds\//.test(path));
    const text = files.map(([path, content]) => `# ${path}\n${content}`).join('\n');
    await expect(text).toMatchFileSnapshot(`${name}.yaml`);
  });

  test('breaks no rule but those that it waives, and leaves none unjudged', async () => {
    const { platform } = await loadExample(name);
    expect(platform.check().findings.filter(({ outcome }) => outcome !== 'waived')).toEqual([]);
  });
});
