import type { ProjectCloud } from './clouds.ts';

const POLICY_SDK = '@pulumi/policy';

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
    ...Object.entries(POLICY_PACK).map(([file, text]): [string, string] => [`policy-pack/${file}`, text]),
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

export const platform = new Platform({ name: '${name}', registries: ['registry.example.com'] });

const cluster = new AiCluster(platform, 'main', { ${cluster} });
const gpus = cluster.addGpuNodePool('gpus', { ${pool} });

const team = new Tenant(cluster, 'team', { quota: [gpus.gpus(${all})] });
const training = new TrainingQueue(team, 'training', { scheduler: Scheduler.volcano(), guarantee: [gpus.gpus(${all})] });

new TrainingJob(training, 'first', {
  framework: Framework.pytorch(),
  pool: gpus,
  workers: 2,
  gpusPerWorker: ${gpusPerNode},
  // By its digest, which no push can change.
  image: 'registry.example.com/team/first@sha256:${'0'.repeat(64)}',
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
  const pulumiPackages = ['@pulumi/kubernetes', POLICY_SDK, '@pulumi/pulumi', ...packages];
  const needed = [...pulumiPackages, 'cdk8s', 'cdk8s-ai', 'constructs'].sort();
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

/** The pack of `examples/policy-pack`, which finds its packages in the project. */
const POLICY_PACK = {
  'PulumiPolicy.yaml': 'description: The rules of cdk8s-ai for what a stack deploys into clusters\nruntime: nodejs\n',
  'index.js': `// A team's own policies stand in the same list.
import { PolicyPack } from '${POLICY_SDK}';
import { clusterPolicies } from 'cdk8s-ai/crossguard';

new PolicyPack('cluster-policies', { policies: clusterPolicies() });
`,
  'package.json': `${JSON.stringify(
    { name: 'cluster-policies', version: '1.0.0', private: true, type: 'module', main: 'index.js' },
    null,
    2,
  )}\n`,
};

const STEPS = `    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: npm ci`;

const WORKFLOW = `name: check
on: [pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
${STEPS}
      - run: npm run check
  # As soon as there is a stack: name it in the variable PULUMI_STACK, and give this job what it takes to log in to the cloud.
  preview:
    if: vars.PULUMI_STACK != ''
    runs-on: ubuntu-latest
${STEPS}
      - uses: pulumi/actions@v6
      - run: pulumi preview --stack "$STACK" --policy-pack policy-pack
        env:
          STACK: \${{ vars.PULUMI_STACK }}
          PULUMI_ACCESS_TOKEN: \${{ secrets.PULUMI_ACCESS_TOKEN }}
`;

function readme(name: string, cloudId: string, { before }: ProjectCloud): string {
  return `# ${name}

An AI platform on ${cloudId}, written with cdk8s-ai: \`platform.ts\` is the whole of it.

\`\`\`sh
npm install
npm run check                                                    # types and every rule, nothing written
npm run synth                                                    # manifests in dist/
npx cdk8s-ai synth platform.ts --format flux --repo-url URL --out gitops    # or argo-cd
pulumi up --policy-pack policy-pack                              # infrastructure and what is in the cluster
\`\`\`

The pack in \`policy-pack/\` judges by the same rules what Pulumi is about to deploy, with whatever transforms and other programs add.

${before}
`;
}
