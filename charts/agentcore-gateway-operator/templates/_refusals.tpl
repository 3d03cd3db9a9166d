{{/* What the schema of the values cannot say, or cannot say in words that help. */}}
{{- define "agentcore.refusals" -}}
{{- with .Values.aws }}
{{- if and .useFips .endpointUrl }}
{{- fail "aws.useFips and aws.endpointUrl exclude each other: AWS's SDK does not choose FIPS endpoints where it is told another address. Leave one of them out." }}
{{- end }}
{{- if and .useDualstack .endpointUrl }}
{{- fail "aws.useDualstack and aws.endpointUrl exclude each other: AWS's SDK does not choose endpoints with IPv6 where it is told another address. Leave one of them out." }}
{{- end }}
{{- end }}
{{- if and (not .Values.leaderElection.enabled) (gt (int .Values.replicaCount) 1) }}
{{- fail "replicaCount must not be more than 1 when leaderElection.enabled is false: two operators would work against each other. Set replicaCount: 1, or leave leader election on." }}
{{- end }}
{{- if and .Values.tracing.enabled (not .Values.tracing.endpoint) }}
{{- fail "tracing.enabled needs tracing.endpoint: the address of a collector that takes OTLP over HTTP, like http://collector.observability:4318" }}
{{- end }}
{{- if not .Values.metrics.enabled }}
{{- if or .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "metrics.serviceMonitor and metrics.podMonitor need metrics.enabled: there is nothing to read otherwise." }}
{{- end }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "metrics.serviceMonitor and metrics.podMonitor exclude each other: Prometheus would read every pod twice, and sums would be twice what is true. Leave one of them out." }}
{{- end }}
{{- if eq (int .Values.metrics.port) (int .Values.health.port) }}
{{- fail "metrics.port and health.port must not be the same." }}
{{- end }}
{{- end -}}
