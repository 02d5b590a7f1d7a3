import type { ProjectCloud } from './clouds.ts';

/** The files of a new project. `versions` are those of this package and of its peers. */
export function projectFiles(
  name: string,
  cloudId: string,
  cloud: ProjectCloud,
  versions: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  return new Map([
    ['platform.ts', platform(name, cloud)],
    [
      'main.ts',
      "// The entry of the `cdk8s synth` command.\nimport { platform } from './platform.ts';\n\nplatform.synth();\n",
    ],
    ['pulumi.ts', pulumi(cloud)],
    ['package.json', `${JSON.stringify(manifest(name, cloud, versions), null, 2)}\n`],
    ['tsconfig.json', `${JSON.stringify(TSCONFIG, null, 2)}\n`],
    [
      'cdk8s.yaml',
      '# The cdk8s command empties its output folder first, so it gets a scratch folder of its own.\nlanguage: typescript\napp: node main.ts\noutput: .cdk8s-scratch\n',
    ],
    [
      'Pulumi.yaml',
      `name: ${name}\nruntime:\n  name: nodejs\n  options:\n    # Node.js runs TypeScript by itself.\n    typescript: false\nmain: pulumi.ts\n`,
    ],
    ['.gitignore', 'node_modules/\n.cdk8s-scratch/\n'],
    ['.github/workflows/check.yaml', WORKFLOW],
    ['README.md', readme(name, cloudId, cloud)],
  ]);
}

function platform(name: string, { imports, cluster, pool, gpusPerNode }: ProjectCloud): string {
  const all = 2 * gpusPerNode;
  const names = [
    'AiCluster',
    ...imports,
    'Framework',
    'Platform',
    'Scheduler',
    'Tenant',
    'TrainingJob',
    'TrainingQueue',
  ];
  return `import { ${names.join(', ')} } from 'cdk8s-ai';

export const platform = new Platform({ name: '${name}' });

const cluster = new AiCluster(platform, 'main', { ${cluster} });
const gpus = cluster.addGpuNodePool('gpus', { ${pool} });

const team = new Tenant(cluster, 'team', { quota: [gpus.gpus(${all})] });
const training = new TrainingQueue(team, 'training', { scheduler: Scheduler.volcano(), guarantee: [gpus.gpus(${all})] });

new TrainingJob(training, 'first', {
  framework: Framework.pytorch(),
  pool: gpus,
  workers: 2,
  gpusPerWorker: ${gpusPerNode},
  image: 'registry.example.com/team/first:1',
  command: ['torchrun', 'train.py'],
});
`;
}

function pulumi({ resources }: ProjectCloud): string {
  const imports =
    resources.from === 'cdk8s-ai/pulumi'
      ? `import { deploy, ${resources.name} } from 'cdk8s-ai/pulumi';`
      : `import { ${resources.name} } from '${resources.from}';\nimport { deploy } from 'cdk8s-ai/pulumi';`;
  return `// The entry of \`pulumi up\`.
${imports}
import { platform } from './platform.ts';

export const { bindings } = deploy(platform.verifiedModel(), { ${resources.entry} });
`;
}

function manifest(name: string, { packages }: ProjectCloud, versions: Readonly<Record<string, string>>) {
  const needed = ['@pulumi/kubernetes', '@pulumi/pulumi', 'cdk8s', 'cdk8s-ai', 'constructs', ...packages].sort();
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: {
      check: 'tsc && cdk8s-ai check platform.ts',
      synth: 'cdk8s-ai synth platform.ts --out dist',
      preflight: 'cdk8s-ai preflight platform.ts',
    },
    dependencies: Object.fromEntries(needed.map((one) => [one, versions[one] ?? '*'])),
    devDependencies: { '@types/node': '^24', typescript: '^6.0.3' },
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
  },
  include: ['*.ts'],
};

const WORKFLOW = `name: check
on: [pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: npm ci
      - run: npm run check
`;

function readme(name: string, cloudId: string, { before }: ProjectCloud): string {
  return `# ${name}

An AI platform on ${cloudId}, written with cdk8s-ai: \`platform.ts\` is the whole of it.

\`\`\`sh
npm install
npm run check                                                    # types and every rule, nothing written
npm run synth                                                    # manifests in dist/
npx cdk8s-ai synth platform.ts --format flux --repo-url URL --out gitops    # or argo-cd
pulumi up                                                        # infrastructure and what is in the cluster
\`\`\`

${before}
`;
}
