/*
 * Health checks in Lua, which Argo CD runs with the object as `obj`.
 */

/**
 * An Application is as healthy as what it deploys, but only once it was synced: until then an app of apps must not go on
 * to its next wave. Argo CD has had no check of its own since 1.8, so that waves of Applications would not wait at all.
 */
const APPLICATION = `
local status = obj.status or {}
local operation = status.operationState or {}
local synced = operation.phase == "Succeeded" or (status.sync or {}).status == "Synced"
if not synced and (operation.phase == "Failed" or operation.phase == "Error") then
  return { status = "Degraded", message = operation.message or "the last sync failed" }
end
if not synced and operation.phase == nil and (obj.spec.syncPolicy or {}).automated == nil then
  return { status = "Suspended", message = "started by hand: argocd app sync " .. obj.metadata.name }
end
local health = status.health or {}
if health.status == nil or (health.status == "Healthy" and not synced) then
  return { status = "Progressing", message = "not synced yet" }
end
return { status = health.status, message = health.message or "" }
`;

/** A Volcano job is healthy when it is through; without a check it would be so from the start, failed or not. */
const VOLCANO_JOB = `
local state = (obj.status or {}).state or {}
local ends = { Completed = "Healthy", Failed = "Degraded", Aborted = "Degraded", Terminated = "Degraded" }
return { status = ends[state.phase] or "Progressing", message = state.message or state.phase or "waiting" }
`;

/** Members of the ConfigMap `argocd-cm`. */
export const HEALTH_CHECKS: Readonly<Record<string, string>> = {
  'resource.customizations.health.argoproj.io_Application': APPLICATION.trimStart(),
  'resource.customizations.health.batch.volcano.sh_Job': VOLCANO_JOB.trimStart(),
};
