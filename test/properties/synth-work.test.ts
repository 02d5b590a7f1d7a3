import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart, Lazy } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import { afterAll, expect, test } from 'vitest';
import { writeTree } from '../../lib/render/files.ts';
import { renderManifests } from '../../lib/render/manifests.ts';

// The work of a synth, counted; test/startup.test.ts counts the modules. Clocks tell less: they depend on the machine and on who else uses it.

const folder = mkdtempSync(join(tmpdir(), 'synth-work-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A platform with this many charts of ten objects each, every one with a value that is made when it is asked for. */
function platformOf(charts: number, image = '1', resolved = () => {}): Platform {
  const platform = new Platform({ name: 'work' });
  const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
  for (let index = 0; index < charts; index++) {
    const chart = new Chart(cluster, `c${index}`, { disableResourceNameHashes: true });
    for (let object = 0; object < 10; object++) {
      const metadata = { name: `o${index}-${object}`, namespace: 'web' };
      const produce = () => {
        resolved();
        return { image: index === 0 ? image : '1' };
      };
      new ApiObject(chart, `o${object}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: Lazy.any({ produce }),
      } as never);
    }
  }
  return platform;
}

test('each value that is made later is made once in a synth', () => {
  let made = 0;
  const platform = platformOf(20, '1', () => {
    made++;
  });
  writeTree(join(folder, 'made'), renderManifests(platform.verifiedModel()));
  expect(made).toBe(200);
});

test('a synth writes what differs: all, nothing, one unit', () => {
  const synth = (image: string) => writeTree(join(folder, 'out'), renderManifests(platformOf(20, image).model()));
  expect(synth('1')).toMatchObject({ unchanged: [], written: { length: 21 } });
  expect(synth('1')).toMatchObject({ unchanged: { length: 21 }, written: [] });
  expect(synth('2')).toMatchObject({ written: ['east/app-c0/objects.yaml'], removed: [] });
});
