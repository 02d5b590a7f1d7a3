/** Answers that both stand-in providers give in the same form. */

import type { DiffRequest } from '@pulumi/pulumi/proto/provider_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import type { Refusal } from './check-inputs.ts';
import { changedKeys, fromStruct, type JsonObject, toStruct } from './property-value.ts';

export const failures = (refusals: readonly Refusal[]) =>
  refusals.map(({ property, reason }) => new provider.CheckFailure().setProperty(property).setReason(reason));

export const checked = (inputs: JsonObject, refusals: readonly Refusal[]) =>
  new provider.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures(refusals));

/** The differing inputs. They replace the resource when `identityOf` tells the old and the new one apart. */
export function changes(request: DiffRequest, identityOf: (inputs: JsonObject) => string = () => '') {
  const olds = fromStruct(request.getOldInputs());
  const news = fromStruct(request.getNews());
  const changed = changedKeys(olds, news);
  const { DIFF_SOME, DIFF_NONE } = provider.DiffResponse.DiffChanges;
  return new provider.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed)
    .setReplacesList(identityOf(olds) === identityOf(news) ? [] : changed);
}
