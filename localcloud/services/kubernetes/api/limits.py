"""What single fields may hold, as data: by the type that Kubernetes' schema gives their struct, wherever it occurs.

Source: k8s.io/kubernetes, pkg/apis/*/validation/validation.go, of the version that is served.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """What a text has to look like, and what to say of one that doesn't."""

    expression: re.Pattern[str]
    longest: int
    wanted: str

    def fits(self, text: str) -> bool:
        return len(text) <= self.longest and self.expression.fullmatch(text) is not None

    def problem(self, text: str) -> str:
        """What to say of a text that does not fit."""
        return f"Invalid value: {text!r}: must be {self.wanted}"


_DOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
LABEL = Pattern(
    re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"), 63, "an RFC 1123 label: 63 lower case letters, digits and - only"
)
SERVICE_NAME = Pattern(
    re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?"),
    63,
    "a DNS-1035 label: 63 lower case letters, digits and - only, a letter first",
)
SUBDOMAIN = Pattern(
    re.compile(_DOMAIN), 253, "an RFC 1123 subdomain: 253 lower case letters, digits and - only, in parts apart by ."
)
PATH_SEGMENT = Pattern(re.compile(r"(?!\.{1,2}$)[^/%]+"), 10**6, "no . or .., and may not contain / or %")
QUALIFIED_NAME = Pattern(
    re.compile(rf"((?=[^/]{{1,253}}/){_DOMAIN}/)?{_NAME}"),
    317,
    "a qualified name: 63 of A-Z a-z 0-9 - _ . which begin and end with a letter or digit, or a domain, / and these",
)
LABEL_VALUE = Pattern(
    re.compile(rf"({_NAME})?"), 63, "a label's: 63 of A-Z a-z 0-9 - _ . which begin and end with a letter or digit"
)
DATA_KEY = Pattern(
    re.compile(r"(?!\.{1,2}$)(?!\.\.)[-._a-zA-Z0-9]+"), 253, "a valid config key: 253 of A-Z a-z 0-9 - _ . only"
)
PORT_NAME = Pattern(
    re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?"),
    15,
    "a port's: 15 lower case letters, digits and - only, one letter at least",
)
VARIABLE = Pattern(re.compile(r"[ -<>-~]+"), 10**6, "a variable's: printable ASCII characters other than =")
HEADER = Pattern(re.compile(r"[-A-Za-z0-9]+"), 10**6, "an HTTP header's: A-Z a-z 0-9 - only")

PATTERNS = {
    "Container.name": LABEL,
    "ContainerPort.name": PORT_NAME,
    "EnvVar.name": VARIABLE,
    "HTTPHeader.name": HEADER,
    "PodSpec.hostname": LABEL,
    "PodSpec.nodeName": SUBDOMAIN,
    "PodSpec.priorityClassName": SUBDOMAIN,
    "PodSpec.serviceAccountName": SUBDOMAIN,
    "PodSpec.subdomain": LABEL,
    "PersistentVolumeClaimSpec.storageClassName": SUBDOMAIN,
    "ServicePort.name": LABEL,
    "Volume.name": LABEL,
}

VALUES = {
    "Container.imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "Container.terminationMessagePolicy": ("FallbackToLogsOnError", "File"),
    "ContainerPort.protocol": ("SCTP", "TCP", "UDP"),
    "DeploymentStrategy.type": ("Recreate", "RollingUpdate"),
    "EndpointPort.protocol": ("SCTP", "TCP", "UDP"),
    "EndpointSlice.addressType": ("FQDN", "IPv4", "IPv6"),
    "HPAScalingPolicy.type": ("Percent", "Pods"),
    "HPAScalingRules.selectPolicy": ("Disabled", "Max", "Min"),
    "HTTPGetAction.scheme": ("HTTP", "HTTPS"),
    "HTTPIngressPath.pathType": ("Exact", "ImplementationSpecific", "Prefix"),
    "LabelSelectorRequirement.operator": ("DoesNotExist", "Exists", "In", "NotIn"),
    "MetricSpec.type": ("ContainerResource", "External", "Object", "Pods", "Resource"),
    "MetricTarget.type": ("AverageValue", "Utilization", "Value"),
    "NetworkPolicySpec.policyTypes": ("Egress", "Ingress"),
    "NodeSelectorRequirement.operator": ("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"),
    "PersistentVolumeClaimSpec.accessModes": (
        "ReadOnlyMany",
        "ReadWriteMany",
        "ReadWriteOnce",
        "ReadWriteOncePod",
    ),
    "PersistentVolumeClaimSpec.volumeMode": ("Block", "Filesystem"),
    "PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": ("AlwaysAllow", "IfHealthyBudget"),
    "PodSpec.dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "PodSpec.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "PodSpec.restartPolicy": ("Always", "Never", "OnFailure"),
    "PriorityClass.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "RoleRef.apiGroup": ("rbac.authorization.k8s.io",),
    "RoleRef.kind": ("ClusterRole", "Role"),
    "ServicePort.protocol": ("SCTP", "TCP", "UDP"),
    "ServiceSpec.externalTrafficPolicy": ("Cluster", "Local"),
    "ServiceSpec.internalTrafficPolicy": ("Cluster", "Local"),
    "ServiceSpec.ipFamilyPolicy": ("PreferDualStack", "RequireDualStack", "SingleStack"),
    "ServiceSpec.sessionAffinity": ("ClientIP", "None"),
    "ServiceSpec.type": ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    "Subject.kind": ("Group", "ServiceAccount", "User"),
    "Taint.effect": ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    "Toleration.effect": ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    "Toleration.operator": ("Equal", "Exists"),
    "TopologySpreadConstraint.whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
}

MOST = 2**31 - 1
RANGES = {
    "ClientIPConfig.timeoutSeconds": (1, 86400),
    "ContainerPort.containerPort": (1, 65535),
    "ContainerPort.hostPort": (0, 65535),
    "DeploymentSpec.minReadySeconds": (0, MOST),
    "DeploymentSpec.progressDeadlineSeconds": (0, MOST),
    "DeploymentSpec.replicas": (0, MOST),
    "DeploymentSpec.revisionHistoryLimit": (0, MOST),
    "EndpointPort.port": (0, 65535),
    "HPAScalingPolicy.periodSeconds": (1, 1800),
    "HPAScalingPolicy.value": (1, MOST),
    "HPAScalingRules.stabilizationWindowSeconds": (0, 3600),
    "HTTPGetAction.port": (1, 65535),
    "HorizontalPodAutoscalerSpec.maxReplicas": (1, MOST),
    "HorizontalPodAutoscalerSpec.minReplicas": (1, MOST),
    "MetricTarget.averageUtilization": (1, MOST),
    "PodSpec.activeDeadlineSeconds": (1, MOST),
    "PodSpec.terminationGracePeriodSeconds": (0, 2**63 - 1),
    "PriorityClass.value": (-(2**31), 10**9),  # above lies what the system keeps for itself
    "Probe.failureThreshold": (1, MOST),
    "Probe.initialDelaySeconds": (0, MOST),
    "Probe.periodSeconds": (1, MOST),
    "Probe.successThreshold": (1, MOST),
    "Probe.terminationGracePeriodSeconds": (1, 2**63 - 1),
    "Probe.timeoutSeconds": (1, MOST),
    "ReplicaSetSpec.minReadySeconds": (0, MOST),
    "ReplicaSetSpec.replicas": (0, MOST),
    "ServicePort.port": (1, 65535),
    "ServicePort.targetPort": (1, 65535),
    "TCPSocketAction.port": (1, 65535),
    "TopologySpreadConstraint.maxSkew": (1, MOST),
}

NOT_EMPTY = {
    "ConfigMapKeySelector": ("key",),
    "Container": ("image", "name"),
    "CrossVersionObjectReference": ("kind", "name"),
    "EnvVar": ("name",),
    "NodeSelector": ("nodeSelectorTerms",),
    "OwnerReference": ("apiVersion", "kind", "name", "uid"),
    "PersistentVolumeClaimSpec": ("accessModes",),
    "PolicyRule": ("verbs",),
    "RoleRef": ("name",),
    "SecretKeySelector": ("key",),
    "Subject": ("name",),
    "VolumeMount": ("mountPath", "name"),
}

ONE_OF = {
    "EnvVarSource": ("configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef"),
    "LifecycleHandler": ("exec", "httpGet", "sleep", "tcpSocket"),
    "Probe": ("exec", "grpc", "httpGet", "tcpSocket"),
}

IMMUTABLE = {
    "deployments.apps": ("spec.selector",),
    "endpointslices.discovery.k8s.io": ("addressType",),
    "priorityclasses.scheduling.k8s.io": ("value", "preemptionPolicy"),
    "replicasets.apps": ("spec.selector",),
    "resourcequotas": ("spec.scopes",),
    "rolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "clusterrolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "secrets": ("type",),
}
SEALED = {"configmaps": ("data", "binaryData"), "secrets": ("data",)}  # once `immutable` is true, and that stays
SPEC_KEPT = {
    "persistentvolumeclaims": (
        ("resources", "volumeAttributesClassName", "volumeName"),
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    ),
    "pods": (
        ("activeDeadlineSeconds", "containers", "initContainers", "terminationGracePeriodSeconds", "tolerations"),
        "pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
        "`spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), "
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ),
}  # all of a spec but some fields, and what to say

SECRET_KEYS = {
    "kubernetes.io/basic-auth": ("username", "password"),  # one of them
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
JSON_KEYS = {".dockercfg", ".dockerconfigjson"}
TOKEN_SECRET, ACCOUNT = "kubernetes.io/service-account-token", "kubernetes.io/service-account.name"
MOST_DATA, MOST_ANNOTATIONS = 2**20, 2**18  # bytes
MADE_BY_PUT = {
    "endpoints",
    "events",
    "limitranges",
    "services",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
}  # AllowCreateOnUpdate of their strategies
NEEDS_VERSION = {"poddisruptionbudgets.policy"}  # not AllowUnconditionalUpdate: a PUT says which version it replaces
