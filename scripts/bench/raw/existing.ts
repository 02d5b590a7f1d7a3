// As examples/existing-minimal, with the classes of the SDK.
import { Config } from '@pulumi/pulumi';
import { inCluster } from './in-cluster.ts';

inCluster(new Config().requireSecret('kubeconfig'));
