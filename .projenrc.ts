// The only hand-written configuration: package.json, the compiler, linter and ignore files are made from it by `./dev projen`.
import projen from 'projen';

const { javascript, JsonFile, TextFile } = projen;

const project = new javascript.NodeProject({
  name: 'cdk8s-ai',
  description:
    'Typed constructs that stand up AI clusters: Kubernetes manifests, GitOps repositories and Pulumi stacks from one program',
  authorName: 'The cdk8s-ai authors',
  authorEmail: 'maintainers@cdk8s-ai.dev',
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk8s-ai authors',
  keywords: ['cdk8s', 'pulumi', 'kubernetes', 'gpu', 'volcano', 'gitops', 'constructs'],
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '22.18.0',
  projenVersion: '0.103.25',
  entrypoint: 'build/lib/index.js',
  bin: { 'cdk8s-ai': 'build/lib/cli/main.js' },

  // Compiled code is what the registry gets; the sources stay in the repository.
  // Types only: our declarations name pods and containers as `kubernetes-types` spells them.
  deps: ['kubernetes-types@1.30.0'],
  // cdk8s and constructs are the user's own copies; everything after them is needed only by the subpath that names it.
  peerDeps: [
    'cdk8s@^2.70.106',
    'constructs@^10.8.1',
    '@pulumi/alicloud@^3.108.0',
    '@pulumi/aws@^7.48.0',
    '@pulumi/azure-native@^3.28.0',
    '@pulumi/gcp@^9.37.0',
    '@pulumi/kubernetes@^4.34.2',
    '@pulumi/policy@^1.21.0',
    '@pulumi/pulumi@^3.248.0',
    'cdk8s-plus-27@^2.9.5',
  ],
  peerDependencyOptions: { pinnedDevDependency: false },
  devDeps: [
    '@biomejs/biome@2.6.8',
    '@grpc/grpc-js@1.14.7',
    '@pulumi/alicloud@3.108.0',
    '@pulumi/aws@7.48.0',
    '@pulumi/azure-native@3.28.0',
    '@pulumi/gcp@9.37.0',
    '@pulumi/kubernetes@4.34.2',
    '@pulumi/policy@1.21.0',
    '@pulumi/pulumi@3.270.0',
    '@types/google-protobuf@3.15.12',
    '@types/js-yaml@^4',
    '@types/node@^24',
    'cdk8s@2.70.106',
    'cdk8s-cli@2.207.60',
    'cdk8s-plus-27@2.9.5',
    'cdk8s-plus-34@2.0.54',
    'constructs@10.8.1',
    'fast-check@4.10.2',
    'google-protobuf@3.21.4',
    'js-yaml@^4',
    'json-schema-to-typescript@16.0.0',
    'projen@0.103.25',
    'rolldown@1.2.19',
    'typedoc@0.28.20',
    'typedoc-plugin-markdown@4.14.1',
    'typescript@6.0.3',
    'vitest@5.1.1',
    'yaml@2.9.1',
  ],

  jest: false,
  github: false,
  release: false,
  depsUpgrade: false,
  buildWorkflow: false,
  package: false,
  npmignoreEnabled: false,
  gitignore: ['/build/', '/dist/', '/.cache/', '*.tsbuildinfo', '.cdk8s-scratch/', '/coverage/'],
});
project.package.addField('type', 'module');
project.package.addField('packageManager', undefined);

// `source` lets the repository's own programs, tests and examples run from lib/ without a build.
const entry = (path: string) => ({
  source: `./lib/${path}.ts`,
  types: `./build/lib/${path}.d.ts`,
  default: `./build/lib/${path}.js`,
});
project.package.addField('exports', {
  '.': entry('index'),
  './crossguard': entry('crossguard/index'),
  './plus': entry('plus/index'),
  './pulumi': entry('render/pulumi/index'),
  './alibaba': entry('clouds/alibaba/pulumi'),
  './aws': entry('clouds/aws/pulumi'),
  './azure': entry('clouds/azure/pulumi'),
  './gcp': entry('clouds/gcp/pulumi'),
  './package.json': './package.json',
});
project.package.addField('files', ['build', 'API.md', 'CHANGELOG.md']);
project.package.addField('sideEffects', false);
project.package.addField('peerDependenciesMeta', {
  '@pulumi/alicloud': { optional: true },
  '@pulumi/aws': { optional: true },
  '@pulumi/azure-native': { optional: true },
  '@pulumi/gcp': { optional: true },
  '@pulumi/kubernetes': { optional: true },
  '@pulumi/policy': { optional: true },
  '@pulumi/pulumi': { optional: true },
  'cdk8s-plus-27': { optional: true },
});

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2023'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: false,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  resolveJsonModule: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: true,
};
const obj = (path: string, value: unknown) =>
  new JsonFile(project, path, { obj: value, marker: false, committed: true });
obj('tsconfig.json', {
  compilerOptions: {
    ...compilerOptions,
    noEmit: true,
    allowImportingTsExtensions: true,
    customConditions: ['source'],
    incremental: true,
    tsBuildInfoFile: '.cache/dev.tsbuildinfo',
  },
  include: ['lib', 'imports', 'test', 'examples', 'scripts', '.projenrc.ts'],
});
obj('tsconfig.build.json', {
  compilerOptions: { ...compilerOptions, outDir: 'build', rootDir: '.', declaration: true, emitDeclarationOnly: true },
  include: ['lib', 'imports'],
});
obj('biome.json', {
  vcs: { enabled: true, clientKind: 'git', useIgnoreFile: true },
  files: {
    includes: ['**/*.ts', '!build', '!dist', '!imports'],
  },
  formatter: { indentStyle: 'space', indentWidth: 2, lineWidth: 120 },
  javascript: { formatter: { quoteStyle: 'single' } },
  // JSON here is generated or data.
  json: { formatter: { enabled: false } },
  linter: {
    rules: {
      preset: 'recommended',
      suspicious: { noExplicitAny: 'error', noTemplateCurlyInString: 'off' },
      style: { useImportType: 'error', noNonNullAssertion: 'error', useNodejsImportProtocol: 'error' },
      complexity: { useLiteralKeys: 'off' },
      correctness: { noUnusedImports: 'error', noUnusedVariables: 'error' },
    },
  },
});
new TextFile(project, 'vitest.config.ts', {
  lines: [
    "import { defineConfig } from 'vitest/config';",
    '',
    'export default defineConfig({',
    "  resolve: { conditions: ['source', 'node', 'import', 'default'] },",
    "  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },",
    '  // Vitest would leave one core idle: on a machine with two, half of them.',
    "  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, maxWorkers: '100%' },",
    '});',
    '',
  ],
});

for (const name of ['eject', 'build', 'watch', 'clobber', 'package', 'compile', 'test']) project.removeTask(name);
project.defaultTask?.reset('node .projenrc.ts');
const run = (name: string, description: string, exec: string) => project.addTask(name, { description, exec });
// Declarations by the compiler, code by the bundler.
run(
  'compile',
  'What the package ships, into build/',
  'rm -rf build && tsc -p tsconfig.build.json && node scripts/bundle.ts',
);
run('types', 'Check every TypeScript file, tests included', 'tsc -p tsconfig.json');
run('lint', 'Check formatting and lint rules', 'biome check --error-on-warnings .');
run('format', 'Format the code', 'biome check --write .');
run('unit', 'Unit, property, golden and architecture tests', 'vitest run');

for (const path of ['imports/*.ts', 'imports/charts/*.ts', 'imports/crds/*.json', 'test/golden/*.yaml', 'API.md']) {
  project.gitattributes.addAttributes(path, 'linguist-generated');
}

project.synth();
