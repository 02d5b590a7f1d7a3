import { globSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Platform } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { renderManifests } from '../../lib/render/manifests.ts';

// The whole output of each example but the vendored CRDs, in one file that a reviewer can read.
describe.each(
  globSync('examples/*/platform.ts')
    .sort()
    .map((file) => [basename(dirname(file)), file]),
)('the example %s', (name, file) => {
  test('gives the same files as before', async () => {
    const { platform } = (await import(resolve(file))) as { platform: Platform };
    const files = [...renderManifests(platform.model())].filter(([path]) => !/-crds\//.test(path));
    const text = files.map(([path, content]) => `# ${path}\n${content}`).join('\n');
    await expect(text).toMatchFileSnapshot(`${name}.yaml`);
  });

  test('breaks no rule and leaves none unjudged', async () => {
    const { platform } = (await import(resolve(file))) as { platform: Platform };
    expect(platform.check().findings).toEqual([]);
  });
});
