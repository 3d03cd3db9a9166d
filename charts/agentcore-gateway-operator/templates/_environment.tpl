{{/* The variables of the container. A name stands once: server-side apply takes no list that says one twice. */}}
{{- define "agentcore.environment.merged" -}}
{{- $extra := dict -}}
{{- range .Values.extraEnv }}{{ $_ := set $extra .name true }}{{ end -}}
{{- $own := list -}}
{{- range include "agentcore.environment" . | fromYamlArray -}}
{{- if not (hasKey $extra .name) }}{{ $own = append $own . }}{{ end -}}
{{- end -}}
{{- toYaml (concat $own (.Values.extraEnv | default list)) -}}
{{- end -}}

{{/* An address to listen at: (dict "address" ... "port" ...). */}}
{{- define "agentcore.address" -}}
{{- if contains ":" .address }}[{{ .address }}]{{ else }}{{ .address }}{{ end }}:{{ .port }}
{{- end -}}

{{/* Metrics that nobody outside is to reach are served to the pod itself. */}}
{{- define "agentcore.metricsAddress" -}}
{{- $loopback := ternary "::1" "127.0.0.1" (contains ":" .Values.listenAddress) -}}
{{- include "agentcore.address" (dict "address" (ternary .Values.listenAddress $loopback .Values.metrics.enabled) "port" .Values.metrics.port) -}}
{{- end -}}

{{/* The operator's settings. What has no value is left to what the operator, AWS's SDK or EKS takes by default. */}}
{{- define "agentcore.environment" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- with .Values.cluster.name }}
{{ include "agentcore.variable" (list "AGENTCORE_CLUSTER_NAME" .) }}
{{- end }}
{{- with .Values.watchNamespaces }}
{{ include "agentcore.variable" (list "AGENTCORE_WATCH_NAMESPACES" (join "," .)) }}
{{- end }}
{{ include "agentcore.variable" (list "AGENTCORE_HEALTH_BIND_ADDRESS" (include "agentcore.address" (dict "address" .Values.listenAddress "port" .Values.health.port))) }}
{{ include "agentcore.variable" (list "AGENTCORE_METRICS_BIND_ADDRESS" (include "agentcore.metricsAddress" .)) }}
{{ include "agentcore.variable" (list "AGENTCORE_LOG_FORMAT" .Values.log.format) }}
{{ include "agentcore.variable" (list "AGENTCORE_LOG_LEVEL" .Values.log.level) }}
{{- with .Values.leaderElection }}
{{ include "agentcore.variable" (list "AGENTCORE_LEADER_ELECT" .enabled) }}
{{- if .enabled }}
{{ include "agentcore.variable" (list "AGENTCORE_LEASE_NAME" (include "agentcore.leaseName" $)) }}
{{ include "agentcore.variable" (list "AGENTCORE_LEASE_NAMESPACE" (include "agentcore.leaseNamespace" $)) }}
{{ include "agentcore.variable" (list "AGENTCORE_LEASE_DURATION" .leaseDuration) }}
{{ include "agentcore.variable" (list "AGENTCORE_RENEW_DEADLINE" .renewDeadline) }}
{{ include "agentcore.variable" (list "AGENTCORE_RETRY_PERIOD" .retryPeriod) }}
{{- end }}
{{- end }}
{{ include "agentcore.variable" (list "AGENTCORE_DISCOVERY" .Values.discovery.enabled) }}
{{- with .Values.reconcile }}
{{ include "agentcore.variable" (list "AGENTCORE_DRIFT_INTERVAL" (include "agentcore.driftInterval" $)) }}
{{ include "agentcore.variable" (list "AGENTCORE_RETRY_FLOOR" .retryFloor) }}
{{ include "agentcore.variable" (list "AGENTCORE_RETRY_CAP" .retryCap) }}
{{ include "agentcore.variable" (list "AGENTCORE_CONCURRENCY" .concurrency) }}
{{- end }}
{{- with .Values.preflight.allow }}
{{ include "agentcore.variable" (list "AGENTCORE_PREFLIGHT_ALLOW" (join "," .)) }}
{{- end }}
{{- with .Values.preflight.resolve }}
{{ include "agentcore.variable" (list "AGENTCORE_RESOLVE" (join "," .)) }}
{{- end }}
{{ include "agentcore.environment.aws" . }}
{{- if .Values.tracing.enabled }}
{{ include "agentcore.environment.tracing" . }}
{{- end }}
{{- with include "agentcore.environment.proxy" . }}
{{ . }}
{{- end }}
{{- end -}}

{{/* It has a second name, which charts of other operators have for it. That they do not differ is held in _refusals.tpl. */}}
{{- define "agentcore.driftInterval" -}}
{{- .Values.reconcile.driftInterval | default (.Values.defaults | default dict).driftCheckInterval | default "60s" -}}
{{- end -}}

{{- define "agentcore.environment.aws" -}}
{{- $aws := .Values.aws -}}
{{ include "agentcore.variable" (list "AGENTCORE_AWS_RATE" (printf "%v/%v" $aws.apiThrottle.reads $aws.apiThrottle.writes)) }}
{{- with $aws.defaultTags }}
{{- $tags := list }}
{{- range $key, $value := . }}{{ $tags = append $tags (printf "%s=%s" $key $value) }}{{ end }}
{{ include "agentcore.variable" (list "AGENTCORE_DEFAULT_TAGS" (join "," $tags)) }}
{{- end }}
{{- with $aws.allowedExternalIds }}
{{ include "agentcore.variable" (list "AGENTCORE_ALLOWED_EXTERNAL_IDS" (join "," .)) }}
{{- end }}
{{- with $aws.allowedRoleArns }}
{{ include "agentcore.variable" (list "AGENTCORE_ALLOWED_ROLE_ARNS" (join "," .)) }}
{{- end }}
{{- with $aws.defaultSecurityGroupIds }}
{{ include "agentcore.variable" (list "AGENTCORE_DEFAULT_SECURITY_GROUP_IDS" (join "," .)) }}
{{- end }}
{{- with $aws.region }}
{{ include "agentcore.variable" (list "AWS_REGION" .) }}
{{- end }}
{{- if $aws.useFips }}
{{ include "agentcore.variable" (list "AWS_USE_FIPS_ENDPOINT" true) }}
{{- end }}
{{- if $aws.useDualstack }}
{{ include "agentcore.variable" (list "AWS_USE_DUALSTACK_ENDPOINT" true) }}
{{- end }}
{{- with $aws.endpointUrl }}
{{ include "agentcore.variable" (list "AWS_ENDPOINT_URL" .) }}
{{- end }}
# The node's metadata are out of reach of pods on many nodes, and their role is not the operator's.
{{ include "agentcore.variable" (list "AWS_EC2_METADATA_DISABLED" true) }}
{{- end -}}

{{- define "agentcore.environment.tracing" -}}
{{ include "agentcore.variable" (list "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.tracing.endpoint) }}
{{ include "agentcore.variable" (list "OTEL_TRACES_SAMPLER" .Values.tracing.sampler) }}
{{ include "agentcore.variable" (list "OTEL_TRACES_SAMPLER_ARG" .Values.tracing.ratio) }}
{{ include "agentcore.variable" (list "OTEL_SERVICE_NAME" (include "agentcore.name" .)) }}
{{ include "agentcore.variable" (list "OTEL_RESOURCE_ATTRIBUTES" "k8s.namespace.name=$(POD_NAMESPACE),k8s.pod.name=$(POD_NAME)") }}
{{- end -}}

{{/*
Proxies, and what is never asked through them: the agent of Pod Identity, which a proxy does not reach, and the cluster. A proxy that extraEnv names
is one, too; one that comes from elsewhere is told by proxy.noProxy. Who says NO_PROXY in extraEnv, in small letters or not, says all of it.
*/}}
{{- define "agentcore.environment.proxy" -}}
{{- $proxied := or .Values.proxy.httpProxy .Values.proxy.httpsProxy .Values.proxy.noProxy -}}
{{- $own := false -}}
{{- range .Values.extraEnv -}}
{{- $name := upper .name -}}
{{- if has $name (list "HTTP_PROXY" "HTTPS_PROXY" "ALL_PROXY") }}{{ $proxied = true }}{{ end -}}
{{- if eq $name "NO_PROXY" }}{{ $own = true }}{{ end -}}
{{- end -}}
{{- $variables := list -}}
{{- with .Values.proxy.httpProxy }}{{ $variables = append $variables (list "HTTP_PROXY" .) }}{{ end -}}
{{- with .Values.proxy.httpsProxy }}{{ $variables = append $variables (list "HTTPS_PROXY" .) }}{{ end -}}
{{- if and $proxied (not $own) -}}
{{- $direct := list "169.254.170.23" "fd00:ec2::23" "$(KUBERNETES_SERVICE_HOST)" ".svc" ".cluster.local" "localhost" "127.0.0.1" -}}
{{- $more := without (splitList "," (.Values.proxy.noProxy | default "")) "" -}}
{{- $variables = append $variables (list "NO_PROXY" (join "," (concat $direct $more))) -}}
{{- end -}}
{{- range $index, $variable := $variables -}}
{{- if $index }}{{ "\n" }}{{ end }}{{ include "agentcore.variable" $variable -}}
{{- end -}}
{{- end -}}

{{/* A variable: (list name value). */}}
{{- define "agentcore.variable" -}}
- name: {{ index . 0 }}
  value: {{ index . 1 | toString | quote }}
{{- end -}}
