// The second half of `./dev compile`: puts the modules together into few files, because Node.js takes longer to find and
// link a module than to run it, and the library has more than a hundred.
import { build } from 'rolldown';
import manifest from '../package.json' with { type: 'json' };

/** What package.json points at: the entries of the package and its command, which stay where they are. */
const entries = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
  .map((entry) => (typeof entry === 'string' ? entry : entry.default))
  .flatMap((path) => /build\/(.*)\.js$/.exec(path)?.[1] ?? [])
  .map((name): [string, string] => [name, `${name}.ts`]);

/** What every program loads. The rest is loaded by those who ask for it: commands, renderers, clouds with their SDK. */
const CORE = /\/lib\/(?!cli|plus|preflight|model\/errors|render\/(pulumi|gitops|helm)|clouds\/.*(pulumi|preflight))/;

await build({
  input: Object.fromEntries(entries),
  platform: 'node',
  // Packages stay packages: they are the user's own.
  external: /^[^./]/,
  preserveEntrySignatures: 'allow-extension',
  output: {
    dir: 'build',
    entryFileNames: '[name].js',
    // As deep as lib/components/, which finds the CRDs by its own place.
    chunkFileNames: 'lib/shared/[name].js',
    codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: 'core', test: CORE }] },
  },
});
