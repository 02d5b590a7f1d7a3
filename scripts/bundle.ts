// The second half of `./dev compile`: puts the modules together into few files, because Node.js takes longer to find and
// link a module than to run it, and the library has two hundred. node scripts/bundle.ts [FOLDER]
import { cpSync, globSync } from 'node:fs';
import { build } from 'rolldown';
import manifest from '../package.json' with { type: 'json' };

const [, , out = 'build'] = process.argv;

/** What package.json points at: the entries of the package and its command, which stay where they are. */
const entries = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
  .map((entry) => (typeof entry === 'string' ? entry : entry.default))
  .flatMap((path) => /build\/(.*)\.js$/.exec(path)?.[1] ?? [])
  .map((name): [string, string] => [name, `${name}.ts`]);

/** What `cdk8s-ai --version` loads besides its entry. */
const COMMAND = /\/lib\/cli\/(arguments|package-manifest)\.ts$/;
/** What makes folders, for `cdk8s-ai init`, which needs no constructs. */
const WRITER = /\/lib\/(render\/files|model\/errors)/;
/** What every program loads. The rest is loaded by those who ask for it: commands, renderers, clouds with their SDK. */
const CORE = /\/lib\/(?!cli|plus|preflight|render\/(pulumi|gitops|helm)|clouds\/.*(pulumi|preflight|prices))/;

await build({
  input: Object.fromEntries(entries),
  platform: 'node',
  // Packages stay packages: they are the user's own.
  external: /^[^./]/,
  preserveEntrySignatures: 'allow-extension',
  output: {
    dir: out,
    // Who reads the comments reads them in the declarations and in the sources; Node.js would read past them in every run.
    comments: false,
    entryFileNames: '[name].js',
    // As deep as lib/components/ and lib/clouds/, which find their data by their own place.
    chunkFileNames: 'lib/shared/[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'command', test: COMMAND },
        { name: 'writer', test: WRITER },
        { name: 'core', test: CORE },
      ],
    },
  },
});

for (const data of globSync(['imports/crds/*.json', 'lib/clouds/*/instance-types.json']))
  cpSync(data, `${out}/${data}`);
