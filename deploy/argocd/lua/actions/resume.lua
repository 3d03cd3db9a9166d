-- The member goes, so that an object whose manifest never had it is in sync again.
obj.spec.suspend = nil
return obj
