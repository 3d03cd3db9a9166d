{{/* What objects are called, and what all of them carry. A name is quoted: YAML takes 1234 for a number and on for a truth value. */}}

{{- define "agentcore.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name, and the chart's where the release's does not hold it. Room is left for what follows: -metrics and the like. */}}
{{- define "agentcore.fullname" -}}
{{- $name := include "agentcore.name" . -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- $full | trunc 46 | trimSuffix "-" -}}
{{- end -}}

{{- define "agentcore.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "agentcore.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Of the release, so that two of them in one namespace do not wait for each other. */}}
{{- define "agentcore.leaseName" -}}
{{- .Values.leaderElection.leaseName | default (include "agentcore.fullname" .) -}}
{{- end -}}

{{- define "agentcore.leaseNamespace" -}}
{{- .Values.leaderElection.namespace | default .Release.Namespace -}}
{{- end -}}

{{/* What tells the operator's pods from others; it never changes while a release lives. */}}
{{- define "agentcore.selectorLabels" -}}
app.kubernetes.io/name: {{ include "agentcore.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/*
The metadata of an object: (dict "root" $ "name" ... "namespace" ... "labels" ... "annotations" ...). What the chart says itself wins over
commonLabels and commonAnnotations; a namespace of "" is none.
*/}}
{{- define "agentcore.metadata" -}}
{{- $root := .root -}}
{{- $own := dict
      "helm.sh/chart" (printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_"))
      "app.kubernetes.io/version" ($root.Chart.AppVersion | replace "+" "_")
      "app.kubernetes.io/managed-by" $root.Release.Service
      "app.kubernetes.io/part-of" "agentcore-gateway-operator" -}}
{{- $labels := merge dict (include "agentcore.selectorLabels" $root | fromYaml) $own (.labels | default dict) ($root.Values.commonLabels | default dict) -}}
{{- $annotations := merge dict (.annotations | default dict) ($root.Values.commonAnnotations | default dict) -}}
name: {{ .name | quote }}
{{- with .namespace }}
namespace: {{ . | quote }}
{{- end }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "agentcore.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ $image.repository | default .Chart.Name -}}
{{- if $image.digest -}}
{{- with $image.tag }}:{{ . }}{{ end }}@{{ $image.digest }}
{{- else -}}
:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}
