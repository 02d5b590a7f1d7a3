import { readFileSync } from 'node:fs';

/** What this package says of itself. */
interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** The package.json of this package, wherever it is installed. */
export function packageManifest(): PackageManifest {
  // The sources are one folder less deep than the compiled files.
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as PackageManifest;
      if (manifest.name === 'cdk8s-ai') return manifest;
    } catch {
      // Not there: look one folder further up.
    }
  }
  throw new Error('the package.json of cdk8s-ai is missing');
}
