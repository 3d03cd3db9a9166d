-- An object that is suspended can be resumed, and any other one can be looked at again or suspended.
local suspended = obj.spec ~= nil and obj.spec.suspend == true
return {
  reconcile = { disabled = suspended },
  suspend = { disabled = suspended },
  resume = { disabled = not suspended },
}
