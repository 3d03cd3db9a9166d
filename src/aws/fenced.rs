//! The HTTP client of the SDK behind the [`Fence`]: what is asked for every attempt of every call, those for credentials included.

use aws_smithy_http_client::{
    Builder, ConnectorBuilder,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};

use crate::fence::Fence;

/// The SDK's own client, behind this fence.
pub(super) fn client(fence: Fence) -> SharedHttpClient {
    // As the SDK makes it when nobody brings one.
    let inner = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    });
    SharedHttpClient::new(Fenced { inner, fence })
}

#[derive(Debug)]
struct Fenced<Inner> {
    inner: Inner,
    fence: Fence,
}

impl HttpClient for Fenced<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Fenced { inner, fence: self.fence.clone() })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Fenced<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, fence) = (self.inner.clone(), self.fence.clone());
        HttpConnectorFuture::new(async move {
            let answer = fence.guard(async { inner.call(request).await }).await;
            // As a mistake of the caller's, which the SDK does not try again.
            answer.unwrap_or_else(|closed| Err(ConnectorError::user(closed.into())))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
    use aws_sdk_bedrockagentcorecontrol::config::Credentials;
    use lab::aws::{Aws as Emulation, AwsOptions, Fault as Mishap};
    use tokio::time::{Instant, sleep};

    use super::*;
    use crate::{
        aws::{Aws, Fault, FaultKind, Rates},
        metrics::Metrics,
    };

    /// More than can be made before somebody has closed the gate after the first.
    const ATTEMPTS: u32 = 30;

    async fn behind(fence: &Fence, emulation: &Emulation) -> Result<Aws, Fault> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .endpoint_url(emulation.endpoint())
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "tests"))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .http_client(client(fence.clone()))
            .load()
            .await;
        Aws::with(&config, Rates { reads: 1000.0, writes: 1000.0 }, &Metrics::default()).await
    }

    #[tokio::test]
    async fn nothing_is_sent_before_it_opens_and_everything_while_it_is_open() {
        let emulation = Emulation::start(AwsOptions::default()).await.unwrap();
        let fence = Fence::closed();
        let refused = behind(&fence, &emulation).await.err().expect("it was sent");
        assert_eq!(refused.kind, FaultKind::Unavailable);
        assert!(refused.message.contains("does not hold the lease"), "{refused}");
        assert_eq!(emulation.mark(), 0);
        fence.open_until(Instant::now() + Duration::from_mins(1));
        assert!(behind(&fence, &emulation).await.is_ok());
        assert_eq!(emulation.calls_of("GetCallerIdentity").len(), 1);
    }

    #[tokio::test]
    async fn an_attempt_that_comes_after_the_end_is_not_sent_although_the_first_was() {
        let emulation = Emulation::start(AwsOptions::default()).await.unwrap();
        let fence = Fence::closed();
        fence.open_until(Instant::now() + Duration::from_mins(1));
        let aws = behind(&fence, &emulation).await.unwrap();
        let _failing =
            emulation.inject(Mishap::on("ListGateways").error_before_commit(500, "InternalServerException").always());
        let attempts = || emulation.calls_of("ListGateways").len();
        let call = async { aws.call("ListGateways", aws.agentcore().list_gateways().send()).await };
        let closing = async {
            while attempts() == 0 {
                sleep(Duration::from_millis(5)).await;
            }
            fence.close();
            // What was sent just before arrives.
            sleep(Duration::from_millis(100)).await;
            attempts()
        };
        let (answer, sent) = futures::join!(call, closing);
        let fault = answer.expect_err("it was answered");
        assert!(fault.message.contains("does not hold the lease"), "{fault}");
        assert_eq!(attempts(), sent);
        assert!(sent < ATTEMPTS as usize, "{sent} attempts: the end came too late to tell");
    }
}
