// What must not compile: a half of a cloud that leaves out something that a model can ask for. The type check of the test
// task gives these their force.

import { alibaba } from 'cdk8s-ai';
import type { CloudHalf, CloudResources, ClusterResources } from 'cdk8s-ai/pulumi';
import { expect, expectTypeOf, test } from 'vitest';
import type { awsServiceRefs } from '../../lib/clouds/aws/facts.ts';
import type { azureServiceRefs } from '../../lib/clouds/azure/facts.ts';
import type { DataService } from '../../lib/clouds/cloud.ts';
import type { gcpServiceRefs } from '../../lib/clouds/gcp/facts.ts';

const made: ClusterResources = { identifier: 'east', ready: [], refs: {} };
const half: CloudHalf = { refs: {}, refuse: () => [], cluster: () => made };

test('a half that cannot make clusters, refuse them or name their references does not compile', () => {
  const halves: CloudHalf[] = [
    // @ts-expect-error it makes no clusters
    { refs: {}, refuse: () => [] },
    // @ts-expect-error it refuses nothing, so that what it cannot honour would be left out without a word
    { refs: {}, cluster: () => made },
    // @ts-expect-error nobody knows its references
    { refuse: () => [], cluster: () => made },
  ];
  expect(halves).toHaveLength(3);
});

test('a cluster without an identity, an order or its references does not compile', () => {
  const clusters: ClusterResources[] = [
    // @ts-expect-error its objects would be made anew whenever its kubeconfig changes, or never
    { ready: [], refs: {} },
    // @ts-expect-error objects would be sent before there are nodes
    { identifier: 'east', refs: {} },
    // @ts-expect-error references to it would have no value
    { identifier: 'east', ready: [] },
  ];
  expect(clusters).toHaveLength(3);
});

test('a half for a cloud that no cluster can be on does not compile', () => {
  // @ts-expect-error clusters are on aws, gcp, azure, alibaba or there already
  const clouds: CloudResources = { moon: half };
  expect(clouds).toBeDefined();
});

test('a service that a cloud does not make cannot be asked for', () => {
  expectTypeOf<keyof typeof awsServiceRefs>().toEqualTypeOf<DataService>();
  expectTypeOf<keyof typeof gcpServiceRefs>().toEqualTypeOf<DataService>();
  expectTypeOf<keyof typeof azureServiceRefs>().toEqualTypeOf<DataService>();
  // @ts-expect-error a registry would be a purchase there
  expect(alibaba({ region: 'cn-hangzhou', services: ['registry'] })).toBeDefined();
});
