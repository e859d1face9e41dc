//! `steersman up`: the server.

use crate::{
    cli::{Cli, Up},
    data_dir::DataDir,
    demo, serve, show,
};
use anstream::println;
use anyhow::{Result, bail};
use owo_colors::OwoColorize;
use std::{net::SocketAddr, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

pub async fn run(cli: &Cli, up: &Up) -> Result<ExitCode> {
    check_address(up)?;
    // Listened for from the first moment: a stop during the start is an orderly one too.
    let asked_to_stop = asked_to_stop()?;
    let data_dir = match (&cli.data_dir, up.demo) {
        // The demo's people and its database are nobody's data.
        (None, true) => DataDir::fresh_for_a_demo()?,
        (given, _) => DataDir::open(given.as_deref())?,
    };
    let began = std::time::Instant::now();
    let assembled = serve::assemble(&data_dir, up.listen, up.behind_tls_proxy).await?;
    let ready_ms = began.elapsed().as_millis();
    let link = assembled.login_link(&assembled.start.owner).await?;
    let url = assembled.url.clone();
    if cli.json {
        println!(
            "{}",
            serde_json::json!({ "url": url, "login_link": link, "data_dir": data_dir.path(), "first_start": assembled.start.is_first, "ready_ms": ready_ms })
        );
    } else {
        greet(&assembled, &link, ready_ms);
    }
    let runtime = assembled.runtime.clone();
    let start = assembled.start.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let until = async move {
        tokio::select! {
            () = asked_to_stop => {}
            _ = stopped => {}
        }
    };
    let serving = assembled.serve(until);
    let besides = async {
        if !cli.json {
            tell_discovered(&runtime).await;
        }
        if up.demo {
            demo::run(&runtime, &start, &data_dir, &url, up.walk_through, cli.json).await
        } else {
            Ok(None)
        }
    };
    tokio::pin!(serving);
    tokio::pin!(besides);
    let demo = tokio::select! {
        served = &mut serving => return served.map(|()| ExitCode::SUCCESS),
        demo = &mut besides => demo,
    };
    // A demo that could not start, or a walk-through that is over, ends the server too.
    let keeps_on = demo.as_ref().is_ok_and(|_| !up.walk_through);
    if !keeps_on {
        let _ = stop.send(());
    } else if up.demo && !cli.json {
        println!("\nStop with Ctrl+C.");
    }
    let served = serving.await;
    // The throw-away PostgreSQL stops after the server, so that nothing loses its target in the middle.
    let demo = demo?;
    if let Some(demo) = demo {
        demo.stop();
    }
    served.map(|()| ExitCode::SUCCESS)
}

/// Loopback is fine. Anything else is public, and cookies and tokens would travel in clear.
fn check_address(up: &Up) -> Result<()> {
    let is_private = |address: SocketAddr| address.ip().is_loopback();
    if is_private(up.listen) || up.behind_tls_proxy {
        return Ok(());
    }
    bail!(
        "{} is reachable from other machines, and without TLS passwords and tokens would travel in clear. \
         Listen on 127.0.0.1 and put a TLS proxy in front, or say --behind-tls-proxy if there is one",
        up.listen
    );
}

fn greet(assembled: &serve::Assembled, link: &str, ready_ms: u128) {
    if assembled.start.is_first {
        println!(
            "{} First start: created {}",
            "✓".green().bold(),
            assembled.data_dir.path().display()
        );
    }
    println!(
        "{} Steersman is ready ({ready_ms} ms) at {}",
        "✓".green().bold(),
        assembled.url.bold()
    );
    println!("  Sign in once with  {}", link.cyan());
    println!(
        "  {}",
        "The link works once, for 15 minutes. `steersman login-link` makes another.".dimmed()
    );
}

async fn tell_discovered(runtime: &steersman_runtime::Runtime) {
    for (plugin, found) in runtime.discover().await {
        if plugin == "host" {
            continue;
        }
        println!("{} Found {}", "•".cyan(), show::in_mid_sentence(&found.sentence));
        println!(
            "  {}",
            format!(
                "Add it: steersman targets add {plugin} {} {}",
                found.name,
                super::targets::settings_as_words(&found.settings)
            )
            .dimmed()
        );
    }
    for engine in crate::commands::targets::container_engines() {
        println!("{} Found {engine}", "•".cyan());
    }
}

/// Resolves at SIGTERM or Ctrl+C, also when that came before anybody waited.
fn asked_to_stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
