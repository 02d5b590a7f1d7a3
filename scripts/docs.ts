// `./dev docs`: API.md from the doc comments, docs/rules.md from the rules.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { rulesPage } from './rules-page.ts';

/** What users import, and the file behind it. */
const ENTRIES = [
  { name: 'cdk8s-ai', file: 'lib/index.ts' },
  { name: 'cdk8s-ai/crossguard', file: 'lib/crossguard/index.ts' },
  { name: 'cdk8s-ai/plus', file: 'lib/plus/index.ts' },
  { name: 'cdk8s-ai/pulumi', file: 'lib/render/pulumi/index.ts' },
  ...['alibaba', 'aws', 'azure', 'gcp'].map((cloud) => ({
    name: `cdk8s-ai/${cloud}`,
    file: `lib/clouds/${cloud}/pulumi.ts`,
  })),
];

writeFileSync('docs/rules.md', rulesPage());
process.stdout.write('docs/rules.md\n');
const folder = mkdtempSync(join(tmpdir(), 'api-'));
try {
  const sections = [];
  for (const { name, file } of ENTRIES) sections.push(`# \`${name}\`\n\n${await pageOf(file)}`);
  const head = '<!-- Made from the doc comments by ./dev docs. -->\n';
  writeFileSync('API.md', `${head}\n${sections.join('\n')}`);
  process.stdout.write('API.md\n');
} finally {
  rmSync(folder, { recursive: true });
}

async function pageOf(file: string): Promise<string> {
  const options = {
    entryPoints: [file],
    plugin: ['typedoc-plugin-markdown'],
    tsconfig: 'tsconfig.json',
    readme: 'none',
    router: 'module',
    entryFileName: 'page',
    hidePageHeader: true,
    hidePageTitle: true,
    hideBreadcrumbs: true,
    disableSources: true,
    useCodeBlocks: true,
    excludePrivate: true,
    excludeExternals: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    logLevel: 'Error',
    skipErrorChecking: true,
  };
  const app = await Application.bootstrapWithPlugins(options as Parameters<typeof Application.bootstrapWithPlugins>[0]);
  const project = await app.convert();
  if (project === undefined) throw new Error(`${file} could not be read`);
  const out = join(folder, file.replaceAll('/', '-'));
  await app.outputs.writeOutput({ name: 'markdown', path: out }, project);
  return readFileSync(join(out, 'page.md'), 'utf8');
}
