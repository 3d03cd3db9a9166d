-- Status is in kstatus format: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
-- observedGeneration is respected. Deletion is not judged here: Argo CD itself calls objects Progressing that are being deleted.
local function verdict(status, message)
  return { status = status, message = message }
end

local spec = obj.spec or {}
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

if spec.suspend == true then
  local suspended = conditions["Suspended"]
  return verdict("Suspended", suspended and suspended.message or "spec.suspend is set")
end
if status.conditions == nil then
  return verdict("Progressing", "Waiting for the operator to look at it")
end
if status.observedGeneration ~= obj.metadata.generation then
  return verdict("Progressing", "Waiting for the operator to look at what was changed")
end

local stalled = conditions["Stalled"]
if stalled and stalled.status == "True" then
  return verdict("Degraded", stalled.message)
end
local reconciling = conditions["Reconciling"]
if reconciling and reconciling.status == "True" then
  return verdict("Progressing", reconciling.message)
end
local ready = conditions["Ready"]
if ready and ready.status == "True" then
  return verdict("Healthy", ready.message)
end
return verdict("Progressing", ready and ready.message or "Waiting for condition Ready")
