//! The chart as a part of another one.

use lab::objects::parse;

use crate::helm::{Helm, chart, copy};

#[test]
fn an_umbrella_chart_switches_it_on_and_off() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let umbrella = helm.directory().join("umbrella");
    copy(&chart(), &umbrella.join("charts/agentcore-gateway-operator"))?;
    let dependency = format!(
        "apiVersion: v2\nname: umbrella\nversion: 1.0.0\ndependencies:\n- name: agentcore-gateway-operator\n  version: {}\n  condition: \
         agentcore-gateway-operator.enabled\n",
        env!("CARGO_PKG_VERSION")
    );
    std::fs::write(umbrella.join("Chart.yaml"), dependency)?;
    let render = |switch: &str| {
        let switch = format!("agentcore-gateway-operator.enabled={switch},global.imageRegistry=registry.example.com");
        parse(&helm.template_of(&umbrella, ["--set", &switch])?)
    };
    assert_eq!(render("true")?, helm.objects::<&str>([])?);
    assert!(render("false")?.is_empty());
    Ok(())
}
