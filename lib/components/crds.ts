import { readFileSync } from 'node:fs';
import type { Manifest } from '../model/kubernetes.ts';

const loaded = new Map<string, readonly Manifest[]>();

/** The vendored CustomResourceDefinitions of a component: data of this package, read when it is first needed. */
export function crdsOf(data: string): readonly Manifest[] {
  const known = loaded.get(data);
  if (known !== undefined) return known;
  const crds = JSON.parse(
    readFileSync(new URL(`../../imports/crds/${data}.json`, import.meta.url), 'utf8'),
  ) as readonly Manifest[];
  loaded.set(data, crds);
  return crds;
}
