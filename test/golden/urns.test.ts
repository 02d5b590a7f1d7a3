import { deploy } from 'cdk8s-ai/pulumi';
import { describe, expect, test } from 'vitest';
import { exampleNames, loadExample } from '../examples.ts';
import { clouds } from '../render/pulumi-clouds.ts';
import { run } from '../render/pulumi-engine.ts';
import { withoutSchemas } from '../render/without-schemas.ts';

const EXPLANATION = `# How Pulumi knows each resource of this example, by its nearest parent, type and name.
# A line that changes is a resource that everybody who has deployed it loses and gets anew: pods, a cluster, a database.
# So a name may change only together with an alias for the old one, \`aliases: [{ name: '…' }]\`, kept from then on.
# Lines may come and go with what the example deploys.
`;

describe.each(exampleNames)('the example %s', (name) => {
  test('is known to the engine by the same names as before', async () => {
    const { platform } = await loadExample(name);
    const { resources } = await run('up', () => deploy(withoutSchemas(platform.verifiedModel()), clouds));
    const urns = resources.map(({ urn }) => urn.replace('urn:pulumi:stack::project::', '')).sort();
    expect(new Set(urns).size).toBe(urns.length);
    await expect(`${EXPLANATION}${urns.join('\n')}\n`).toMatchFileSnapshot(`${name}.urns.txt`);
  });
});
