-- Nothing is changed in AWS until the object is resumed.
obj.spec.suspend = true
return obj
