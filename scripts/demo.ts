// `./dev demo`: the examples as a newcomer would synthesize them, and what to look at next.
import { run } from '../lib/cli/run.ts';

const EXAMPLES = ['existing-minimal', 'aws-h100-training'];
const REPOSITORY = 'https://git.example.com/platform/clusters.git';

for (const example of EXAMPLES) {
  const program = `examples/${example}/platform.ts`;
  for (const format of ['manifests', 'argo-cd', 'flux']) {
    const out = `dist/${example}/${format}`;
    process.stdout.write(`\n$ cdk8s-ai synth ${program} --format ${format} --out ${out}\n`);
    const remote = format === 'manifests' ? [] : ['--repo-url', REPOSITORY];
    const code = await run(['synth', program, '--format', format, '--out', out, ...remote]);
    if (code !== 0) process.exit(code);
  }
}

process.stdout.write(`
Look next at
  examples/aws-h100-training/platform.ts          the program: two pools, three teams, two queues, one job
  dist/aws-h100-training/manifests/east/          what it became: a folder for each unit, order.yaml for their order
  dist/aws-h100-training/manifests/east/volcano/  the scheduler configuration that the queues called for
  dist/aws-h100-training/argo-cd/                 the same as a repository for Argo CD; flux/ beside it for Flux
Then lower maxNodes of 'h100' to 8 in the program and run ./dev demo again: the quotas no longer fit, and nothing is written.
`);
