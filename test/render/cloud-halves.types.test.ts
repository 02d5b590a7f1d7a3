// What must not compile: a half of a cloud that leaves out something that a model can ask for. The type check of the test
// task gives these their force.

import { alibaba } from 'cdk8s-ai';
import { alibabaResources } from 'cdk8s-ai/alibaba';
import { awsResources } from 'cdk8s-ai/aws';
import { azureResources } from 'cdk8s-ai/azure';
import { gcpResources } from 'cdk8s-ai/gcp';
import {
  type CloudHalf,
  type CloudResources,
  type ClusterResources,
  existingResources,
  stackResources,
} from 'cdk8s-ai/pulumi';
import { expect, expectTypeOf, test } from 'vitest';
import type { awsServiceRefs } from '../../lib/clouds/aws/facts.ts';
import type { azureServiceRefs } from '../../lib/clouds/azure/facts.ts';
import type { DataService } from '../../lib/clouds/cloud.ts';
import type { gcpServiceRefs } from '../../lib/clouds/gcp/facts.ts';

const made: ClusterResources = { identifier: 'east', ready: [], refs: {} };
const rest = { refs: {}, refuse: () => [], cluster: () => made };
const half: CloudHalf = { cloud: 'any', ...rest };

test('a half that cannot make clusters, refuse them or name their references does not compile', () => {
  const halves: CloudHalf[] = [
    // @ts-expect-error it makes no clusters
    { cloud: 'any', refs: {}, refuse: () => [] },
    // @ts-expect-error it refuses nothing, so that what it cannot honour would be left out without a word
    { cloud: 'any', refs: {}, cluster: () => made },
    // @ts-expect-error nobody knows its references
    { cloud: 'any', refuse: () => [], cluster: () => made },
    // @ts-expect-error nobody knows whose clusters it makes
    rest,
  ];
  expect(halves).toHaveLength(4);
});

test('a half that is given for another cloud than its own does not compile', () => {
  const clouds: CloudResources[] = [
    { aws: awsResources(), gcp: gcpResources(), azure: azureResources(), alibaba: alibabaResources() },
    // @ts-expect-error it would read the settings of a cluster on AWS as if they were its own
    { aws: gcpResources() },
    // @ts-expect-error the same the other way round
    { gcp: awsResources() },
    // @ts-expect-error two that take the same options
    { azure: alibabaResources() },
    // @ts-expect-error it makes clusters, and this one is there
    { existing: azureResources() },
  ];
  expect(clouds).toHaveLength(5);
});

test('a half that only reaches clusters is one for every cloud', () => {
  const reached: CloudResources = { aws: existingResources(), existing: existingResources(), gcp: half };
  expectTypeOf(stackResources).returns.toEqualTypeOf<CloudHalf>();
  expect(Object.keys(reached)).toHaveLength(3);
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
