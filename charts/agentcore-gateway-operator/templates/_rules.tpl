{{/* What the operator may do: exactly the requests that it sends. */}}

{{/* In the namespaces that it watches. */}}
{{- define "agentcore.rules.namespaced" -}}
# Its own kinds: finalizers and status.
- apiGroups: [tools.agentcore.dev]
  resources: [gateways, gatewaytargets, resourcegateways, resourceconfigurations]
  verbs: [get, list, watch, patch]
- apiGroups: [tools.agentcore.dev]
  resources: [gateways/status, gatewaytargets/status, resourcegateways/status, resourceconfigurations/status]
  verbs: [patch]
{{- if .Values.discovery.enabled }}
# Targets are made and removed beside annotated objects.
- apiGroups: [tools.agentcore.dev]
  resources: [gatewaytargets]
  verbs: [create, delete]
{{- end }}
# Where endpoints come from. The Gateway API need not be installed.
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, gateways]
  verbs: [get, list, watch]
- apiGroups: [gateway.networking.k8s.io]
  resources: [referencegrants]
  verbs: [list, watch]
# Whose pods answer, and how far their rollout is.
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list]
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
# Documents are read; a Gateway's connectionConfigMap is written.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* In the cluster, however few namespaces it watches. */}}
{{- define "agentcore.rules.cluster" -}}
# The labels of namespaces decide who may attach; the uid of kube-system is the cluster's name when none is given.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get, list, watch]
# Which addresses are those of Services: they are never called as a load balancer's.
- apiGroups: [networking.k8s.io]
  resources: [servicecidrs]
  verbs: [list]
{{- end -}}
