//! Which backend serves which host and path.

use std::net::SocketAddr;

/// The routes of one load balancer; a host and prefix occurs once.
#[derive(Debug, Default)]
pub(super) struct Routes(Vec<Route>);

#[derive(Debug)]
struct Route {
    host: String,
    prefix: String,
    backend: Option<SocketAddr>,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    Backend(SocketAddr),
    /// There is a route, but nobody is behind it.
    Nobody,
    /// No route covers the request.
    Nowhere,
}

impl Routes {
    pub(super) fn set(&mut self, host: &str, prefix: &str, backend: Option<SocketAddr>) {
        self.remove(host, prefix);
        self.0.push(Route { host: host.to_ascii_lowercase(), prefix: prefix.to_owned(), backend });
    }

    pub(super) fn remove(&mut self, host: &str, prefix: &str) {
        self.0.retain(|route| !(route.host.eq_ignore_ascii_case(host) && route.prefix == prefix));
    }

    pub(super) fn destination(&self, host: &str, path: &str) -> Destination {
        let covering =
            self.0.iter().filter(|route| route.host.eq_ignore_ascii_case(host) && covers(&route.prefix, path));
        match covering.max_by_key(|route| route.prefix.len()) {
            None => Destination::Nowhere,
            Some(Route { backend: None, .. }) => Destination::Nobody,
            Some(Route { backend: Some(backend), .. }) => Destination::Backend(*backend),
        }
    }
}

/// Whether a prefix covers a path element by element: <https://kubernetes.io/docs/concepts/services-networking/ingress/#examples>.
fn covers(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_of_whole_elements_wins() {
        let backend = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let mut routes = Routes::default();
        routes.set("internal.example.com", "/", Some(backend(1)));
        routes.set("internal.example.com", "/mcp", Some(backend(2)));
        routes.set("internal.example.com", "/mcp/old", None);
        for (host, path, expected) in [
            ("internal.example.com", "/", Destination::Backend(backend(1))),
            ("internal.example.com", "/mcp2", Destination::Backend(backend(1))),
            ("internal.example.com", "/mcp", Destination::Backend(backend(2))),
            ("INTERNAL.example.com", "/mcp/x", Destination::Backend(backend(2))),
            ("internal.example.com", "/mcp/old/x", Destination::Nobody),
            ("api.internal.example.com", "/mcp", Destination::Nowhere),
        ] {
            assert_eq!(routes.destination(host, path), expected, "{host}{path}");
        }
    }

    #[test]
    fn a_route_is_exchanged_and_removed() {
        let backend = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let mut routes = Routes::default();
        routes.set("a.example.com", "/mcp", Some(backend(1)));
        routes.set("A.example.com", "/mcp", Some(backend(2)));
        assert_eq!(routes.destination("a.example.com", "/mcp"), Destination::Backend(backend(2)));
        routes.remove("a.example.com", "/mcp");
        assert_eq!(routes.destination("a.example.com", "/mcp"), Destination::Nowhere);
    }
}
