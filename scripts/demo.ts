// `./dev demo`: the examples as a newcomer would synthesize them, and what to look at next.
import { existsSync } from 'node:fs';
import { run } from '../lib/cli/run.ts';

const EXAMPLES = ['existing-minimal', 'aws-h100-training'];
const REPOSITORY = 'https://git.example.com/platform/clusters.git';

for (const example of EXAMPLES) {
  const program = `examples/${example}/platform.ts`;
  const recorded = `examples/${example}/bindings.json`;
  const bindings = existsSync(recorded) ? ['--bindings', recorded] : [];
  for (const format of ['manifests', 'argo-cd', 'flux']) {
    const out = `dist/${example}/${format}`;
    const remote = format === 'manifests' ? [] : ['--repo-url', REPOSITORY];
    const args = ['synth', program, '--format', format, '--out', out, ...bindings, ...remote];
    process.stdout.write(`\n$ cdk8s-ai ${args.join(' ')}\n`);
    const code = await run(args);
    if (code !== 0) process.exit(code);
  }
}

process.stdout.write(`
Look next at
  examples/aws-h100-training/platform.ts          the program: two pools, three teams, from a training job to a served model
  examples/aws-h100-training/bindings.json        what only the cloud knows, as 'pulumi up' records it
  dist/aws-h100-training/manifests/east/          what it became: a folder for each unit, order.yaml for their order
  dist/aws-h100-training/manifests/east/volcano/  the scheduler configuration that the queues called for
    … /manifests/east/registry-vision-models/     MLflow on the database and in the bucket of the cloud, with its backup
  dist/aws-h100-training/argo-cd/                 the same as a repository for Argo CD; flux/ beside it for Flux
Then lower maxNodes of 'h100' to 8 in the program and run ./dev demo again: the quotas no longer fit, and nothing is written.
`);
