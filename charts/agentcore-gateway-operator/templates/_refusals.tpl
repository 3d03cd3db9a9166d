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
{{- if .Values.leaderElection.enabled }}
{{- include "agentcore.refusals.election" .Values.leaderElection }}
{{- end }}
{{- include "agentcore.refusals.borrowed" . }}
{{- include "agentcore.refusals.definitions" . }}
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

{{/* The rules of the program (src/leader/terms.rs), which would end at once: (leaderElection). */}}
{{- define "agentcore.refusals.election" -}}
{{- $lease := include "agentcore.seconds" .leaseDuration | float64 }}
{{- $deadline := include "agentcore.seconds" .renewDeadline | float64 }}
{{- $retry := include "agentcore.seconds" .retryPeriod | float64 }}
{{- if le $lease $deadline }}
{{- fail (printf "leaderElection.leaseDuration (%s) must be longer than leaderElection.renewDeadline (%s): who cannot renew the lease must have stopped before another one works." .leaseDuration .renewDeadline) }}
{{- end }}
{{- if le $deadline (mulf $retry 1.2) }}
{{- fail (printf "leaderElection.renewDeadline (%s) must be longer than 1.2 times leaderElection.retryPeriod (%s): one renewal that fails must not cost the lease." .renewDeadline .retryPeriod) }}
{{- end }}
{{- if or (ne (floor $lease) $lease) (ge $lease 2147483648.0) }}
{{- fail (printf "leaderElection.leaseDuration (%s) must be whole seconds, and fewer than 2^31: a Lease says it so." .leaseDuration) }}
{{- end }}
{{- end -}}

{{/* How long a duration is, such as 1h30m, as a number of seconds. */}}
{{- define "agentcore.seconds" -}}
{{- $units := dict "h" 3600.0 "m" 60.0 "s" 1.0 "ms" 0.001 }}
{{- $seconds := 0.0 }}
{{- range regexFindAll "[0-9.]+[hms]+" . -1 }}
{{- $unit := regexFind "[hms]+$" . }}
{{- $seconds = addf $seconds (mulf (trimSuffix $unit . | float64) (get $units $unit)) }}
{{- end }}
{{- $seconds -}}
{{- end -}}

{{/* Values that charts of other operators have: what would have no effect here does not pass for a setting. */}}
{{- define "agentcore.refusals.borrowed" -}}
{{- with .Values.aws.accountId }}
{{- fail "aws.accountId has no effect: the operator works in the account of its role, and says in its log which that is. Leave it empty." }}
{{- end }}
{{- with .Values.aws.assumeRoleArn }}
{{- fail "aws.assumeRoleArn has no effect: the operator takes no second role. For one of another account, give the Pod Identity association a target role (--target-role-arn), and leave this empty." }}
{{- end }}
{{- with .Values.featureGates }}
{{- fail (printf "featureGates: there are none, so %s would do nothing. Leave it empty." (keys . | sortAlpha | join ", ")) }}
{{- end }}
{{- with .Values.defaults }}
{{- if not (has (.deletionPolicy | default "Delete") (list "Delete")) }}
{{- fail "defaults.deletionPolicy: there is no default but Delete. Say spec.deletionPolicy: Retain in the objects that are to leave AWS as it is." }}
{{- end }}
{{- if not (has (.adoptionPolicy | default "Never") (list "Never")) }}
{{- fail "defaults.adoptionPolicy: there is no default but Never. Say spec.adopt in the objects that are to take something over." }}
{{- end }}
{{- $other := $.Values.reconcile.driftInterval }}
{{- if and .driftCheckInterval $other (ne (include "agentcore.seconds" $other) (include "agentcore.seconds" .driftCheckInterval)) }}
{{- fail (printf "reconcile.driftInterval (%s) and defaults.driftCheckInterval (%s) are the same setting under two names. Leave one of them out." $other .driftCheckInterval) }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
Definitions that this upgrade would delete, and with them every object and what it stands for in AWS: those of this release that are no longer in it
and were not kept. Helm asks the definition itself whether it is kept, so a crds.keep that is only now true comes too late.

Who may not read definitions cannot be asked; who makes no rights for the cluster may be such a one, and is asked only when crds.keep says that
definitions are not kept.
*/}}
{{- define "agentcore.refusals.definitions" -}}
{{- $reads := or (not .Values.crds.keep) .Values.rbac.create .Values.rbac.aggregateToDefaultRoles }}
{{- if and .Release.IsUpgrade (not .Values.crds.enabled) $reads }}
{{- range $path, $content := .Files.Glob "files/crds/*.yaml" }}
{{- $name := ($content | toString | fromYaml).metadata.name }}
{{- $annotations := dig "metadata" "annotations" dict (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $name) | default dict }}
{{- $ours := and (eq (get $annotations "meta.helm.sh/release-name") $.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) }}
{{- if and $ours (ne (get $annotations "helm.sh/resource-policy") "keep") }}
{{- fail (printf "crds.enabled=false would delete the custom resource definition %s, every object of it, and what these are in AWS: it is this release's and not kept. Upgrade with --set crds.enabled=true,crds.keep=true first; what is kept can be let go." $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
