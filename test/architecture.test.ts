import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const FILES = globSync('lib/**/*.ts').sort();

/** The modules that a file imports, type-only imports included, as paths from the root or as package names. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name,
  );
}

/** Who may import what of this package: stage -> the folders that its files may reach. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'lib/model/': ['lib/model/'],
  'lib/policies/': ['lib/model/', 'lib/policies/'],
  'lib/clouds/': ['lib/model/', 'lib/clouds/', 'lib/render/pulumi/'],
  'lib/components/': ['lib/model/', 'lib/components/', 'imports/'],
  'lib/complete/': ['lib/model/', 'lib/components/', 'lib/collect/', 'lib/complete/', 'imports/'],
  'lib/crossguard/': ['lib/model/', 'lib/policies/', 'lib/crossguard/'],
  'lib/render/': ['lib/model/', 'lib/render/', 'imports/'],
};

describe('the stages', () => {
  test.each(Object.entries(ALLOWED))('%s imports only what comes before it', (stage, allowed) => {
    const wrong = FILES.filter((file) => file.startsWith(stage)).flatMap((file) =>
      importsOf(file)
        .filter((name) => /^(lib|imports)\//.test(name) && !allowed.some((folder) => name.startsWith(folder)))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the model imports no package at all', () => {
    const packages = FILES.filter((file) => file.startsWith('lib/model/'))
      .flatMap(importsOf)
      .filter((name) => !name.startsWith('lib/'));
    expect(packages).toEqual([]);
  });

  test('Pulumi is imported only by the Pulumi renderer, by the Pulumi half of a cloud and by the policy pack', () => {
    const users = FILES.filter((file) => importsOf(file).some((name) => name.startsWith('@pulumi/')));
    expect(
      users.filter((file) => !/^lib\/(render\/pulumi|crossguard)\/|^lib\/clouds\/[a-z]+\/pulumi/.test(file)),
    ).toEqual([]);
  });

  test('only the writer touches the disk; programs are run to inflate charts and to swap two folders', () => {
    const writers = FILES.filter((file) =>
      /\b(writeFileSync|renameSync|mkdirSync|rmSync|unlinkSync|linkSync)\b/.test(readFileSync(file, 'utf8')),
    );
    const runners = FILES.filter((file) => importsOf(file).includes('node:child_process'));
    expect(writers.filter((file) => !file.startsWith('lib/render/files'))).toEqual([]);
    expect(runners).toEqual(['lib/render/files/exchange.ts', 'lib/render/helm.ts']);
  });
});

test('no module awaits while it is loaded, so that require() can load it too', () => {
  const waiting = FILES.filter((file) => /^(export )?((const|let) .*= )?await /m.test(readFileSync(file, 'utf8')));
  expect(waiting).toEqual([]);
});

describe('the main entry', () => {
  const loaded = execFileSync(
    process.execPath,
    [
      '--conditions=source',
      '--input-type=module',
      '-e',
      "import { createRequire } from 'node:module'; await import('cdk8s-ai'); console.log(Object.keys(createRequire(import.meta.url).cache ?? {}).join('\\n'));",
    ],
    { encoding: 'utf8' },
  );

  test('loads cdk8s, and neither Pulumi nor cdk8s-plus', () => {
    expect(loaded).toMatch(/node_modules\/cdk8s\//);
    expect(loaded).not.toMatch(/node_modules\/(@pulumi|cdk8s-plus)/);
  });
});

describe('the lock file', () => {
  interface Locked {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };

  /** The place of a package that another one needs: beside it, or in a folder above. */
  function lockedFor(place: string, name: string): boolean {
    const here = place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`;
    if (packages[here] !== undefined) return true;
    return place !== '' && lockedFor(place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/'))), name);
  }

  // npm leaves out what other platforms need when it makes the file beside installed packages, and then refuses it.
  test('has every package that another one needs, on any platform', () => {
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !lockedFor(place, name))
        .map((name) => `${place} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
