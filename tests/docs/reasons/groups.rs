//! Who has to act, by reason.

/// Reasons that are the same person's.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// A sentence that says who acts.
    pub(super) who: &'static str,
    /// Nobody has to: no object is stalled by it.
    pub(super) by_itself: bool,
    pub(super) reasons: &'static [&'static str],
}

/// How to read conditions, before the list.
pub(super) const HEAD: &str = r#"Each condition has a reason, one word that never changes its meaning, and a message that says what was seen and what to do. The same words are
the reasons of events and labels of metrics.

Read `Ready` first: its message is the one line that matters most.

```console
$ kubectl get agentcore -A -o wide
$ kubectl get acgwt NAME -n NAMESPACE -o jsonpath='{range .status.conditions[*]}{.type}={.status}{"\t"}{.reason}{"\t"}{.message}{"\n"}{end}'
```

| Condition | What it says |
|---|---|
| `Ready` | True: AWS has what the spec says, of the generation in its `observedGeneration`. The one to wait for and to alert on |
| `Reconciling` | only while True: it goes on by itself |
| `Stalled` | only while True: somebody must act, and no waiting helps. It is looked at again all the same, so that a repair elsewhere is noticed within `--drift-interval` |
| `Accepted`, `ResolvedRefs`, `Programmed` | how far it came: the spec is fine, what it refers to can be used, AWS has it. The first that is False has the same reason as `Ready` |
| `LoadBalancerReady`, `CertificateTrusted`, `DnsResolved`, `NetworkAllowed`, `Preflight` | the way to the server, hop by hop. False stands in the way of making a target; Unknown never does |
| `ToolsSynced` | AWS knows the tools that the server offers |
| `Suspended`, `InUse`, `ReplacementRequired`, `AuthorizationRequired`, `DiscoveryHalted` | only while True |

After a repair the operator looks again by itself. To have it look now:

```console
$ kubectl annotate --overwrite acgwt NAME -n NAMESPACE tools.agentcore.dev/reconcile-requested-at="$(date +%s)"
```

On these pages NAME and NAMESPACE stand for those of the object, words in capitals for what its status or the message shows, `acgw`, `acgwt`,
`acrg` and `acrc` are the short names of the kinds, and the operator runs in the namespace `agentcore-system`.
"#;

/// The groups, in the order in which they are shown.
pub(super) const GROUPS: &[Group] = &[
    Group {
        title: "Nothing is wrong",
        who: "Nobody.",
        by_itself: true,
        reasons: &["Settled", "Creating", "Updating", "Deleting", "Synchronizing", "Changed", "ToolsChanged"],
    },
    Group {
        title: "It passes by itself",
        who: "Nobody at first. When it lasts, the page says where to look.",
        by_itself: true,
        reasons: &[
            "LoadBalancerPending",
            "WaitingForAssociation",
            "WaitingForPredecessor",
            "SynchronizeUnsuccessful",
            "Throttled",
            "Unavailable",
            "Unreachable",
            "Stuck",
        ],
    },
    Group {
        title: "Whoever wrote the object",
        who: "Whoever wrote the object: its spec, or what it refers to, has to change.",
        by_itself: false,
        reasons: &[
            "Invalid",
            "ReferenceNotFound",
            "ReferenceNotReady",
            "HostAmbiguous",
            "LoadBalancerAmbiguous",
            "SecurityGroupRequired",
            "NameTaken",
            "DuplicateResource",
            "ImmutableField",
            "ReplacementRequired",
            "Suspended",
            "CreateFailed",
            "UpdateUnsuccessful",
            "DeleteFailed",
            "InUse",
            "HasDependents",
            "Gone",
            "SchemaTooLarge",
            "MultipleDomains",
            "OperationIdMissing",
            "PrivateEndpointNotSupported",
        ],
    },
    Group {
        title: "The owner of what it refers to",
        who: "The owner of what the object refers to, who has to allow it or to put it right.",
        by_itself: false,
        reasons: &["RefNotPermitted", "NamespaceNotAllowed", "InboundAuthRequired", "RouteNotAccepted"],
    },
    Group {
        title: "Whoever runs the server",
        who: "Whoever runs the server.",
        by_itself: false,
        reasons: &[
            "NoHealthyTarget",
            "NoReadyEndpoints",
            "NotMcp",
            "UnsupportedProtocolVersion",
            "AuthRequired",
            "NoToolsCapability",
            "Slow",
        ],
    },
    Group {
        title: "Whoever looks after load balancers, certificates and the network",
        who: "Whoever looks after load balancers, certificates, DNS and security groups.",
        by_itself: false,
        reasons: &[
            "LoadBalancerNotFound",
            "InternetFacing",
            "NoTlsListener",
            "HostMismatch",
            "PrivateCertificate",
            "CertificateExpired",
            "PrivateDnsMissing",
            "VpcDnsDisabled",
            "PrivateNameOnPublicResolver",
            "EgressBlocked",
            "IngressBlocked",
        ],
    },
    Group {
        title: "Whoever runs the operator, or the AWS account",
        who: "Whoever runs the operator, or looks after the AWS account.",
        by_itself: false,
        reasons: &[
            "Denied",
            "RoleNotAllowed",
            "QuotaExceeded",
            "UnknownMembers",
            "OwnershipConflict",
            "IdentityMismatch",
        ],
    },
    Group {
        title: "A person with an account at the server",
        who: "A person with an account at the server's authorization server.",
        by_itself: false,
        reasons: &["AuthorizationRequired"],
    },
];
