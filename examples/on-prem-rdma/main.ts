// The entry of the `cdk8s synth` command.
import { platform } from './platform.ts';

platform.synth();
