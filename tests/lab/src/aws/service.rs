//! The AWS services that the emulation answers for, and how each is spoken to.

/// One service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    AgentCore,
    Lattice,
    Sts,
    Elb,
    Acm,
    Route53,
    Ec2,
    ApiGateway,
}

/// How requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// JSON below a path for each operation.
    RestJson,
    /// JSON 1.1 at `/`, the operation in `X-Amz-Target`.
    Json,
    /// A form at `/`, answered by a document.
    Query,
    /// As `Query`, with names and lists of its own.
    Ec2,
    /// Documents below a path for each operation.
    RestXml,
}

impl Service {
    /// All services.
    pub(super) const ALL: [Self; 8] =
        [Self::AgentCore, Self::Lattice, Self::Sts, Self::Elb, Self::Acm, Self::Route53, Self::Ec2, Self::ApiGateway];

    /// The service whose name stands in a `SigV4` credential scope.
    pub(super) fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.signing_name() == name)
    }

    /// The name in a `SigV4` credential scope, which the ledger and policies use as well.
    pub(super) fn signing_name(self) -> &'static str {
        match self {
            Self::AgentCore => "bedrock-agentcore",
            Self::Lattice => "vpc-lattice",
            Self::Sts => "sts",
            Self::Elb => "elasticloadbalancing",
            Self::Acm => "acm",
            Self::Route53 => "route53",
            Self::Ec2 => "ec2",
            Self::ApiGateway => "apigateway",
        }
    }

    /// The protocol that the model names.
    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::AgentCore | Self::Lattice | Self::ApiGateway => Protocol::RestJson,
            Self::Acm => Protocol::Json,
            Self::Sts | Self::Elb => Protocol::Query,
            Self::Ec2 => Protocol::Ec2,
            Self::Route53 => Protocol::RestXml,
        }
    }

    /// The only region that requests may be signed for: Route 53 is global and lives in `us-east-1` for everybody.
    pub(super) fn region(self, own: &str) -> &str {
        if self == Self::Route53 { "us-east-1" } else { own }
    }

    /// What a policy calls an operation: API Gateway's are named after the method of the request.
    pub(super) fn action(self, operation: &str) -> String {
        if self == Self::ApiGateway {
            "apigateway:GET".to_owned()
        } else {
            format!("{}:{operation}", self.signing_name())
        }
    }

    /// The text of the service's model.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::AgentCore => include_str!("../../models/bedrock-agentcore-control.json"),
            Self::Lattice => include_str!("../../models/vpc-lattice.json"),
            Self::Sts => include_str!("../../models/sts.json"),
            Self::Elb => include_str!("../../models/elbv2.json"),
            Self::Acm => include_str!("../../models/acm.json"),
            Self::Route53 => include_str!("../../models/route53.json"),
            Self::Ec2 => include_str!("../../models/ec2.json"),
            Self::ApiGateway => include_str!("../../models/apigateway.json"),
        }
    }

    /// Status and code of the refusal of a caller who asks too often.
    pub(super) fn throttling(self) -> (u16, &'static str) {
        match self {
            Self::AgentCore | Self::Lattice => (429, "ThrottlingException"),
            Self::Acm => (400, "ThrottlingException"),
            Self::Sts | Self::Elb | Self::Route53 => (400, "Throttling"),
            Self::Ec2 => (503, "RequestLimitExceeded"),
            Self::ApiGateway => (429, "TooManyRequestsException"),
        }
    }

    /// Status and code of the refusal of a caller whom no policy allows the operation.
    pub(super) fn denial(self) -> (u16, &'static str) {
        match self {
            Self::AgentCore | Self::Lattice | Self::ApiGateway => (403, "AccessDeniedException"),
            Self::Acm => (400, "AccessDeniedException"),
            Self::Sts | Self::Elb | Self::Route53 => (403, "AccessDenied"),
            Self::Ec2 => (403, "UnauthorizedOperation"),
        }
    }
}

impl Protocol {
    /// The name in service models.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RestJson => "rest-json",
            Self::Json => "json",
            Self::Query => "query",
            Self::Ec2 => "ec2",
            Self::RestXml => "rest-xml",
        }
    }
}
