//! The map as a Mermaid flowchart: deployables hold clients, clients point to servers.
//!
//! Fits into Markdown that renders Mermaid blocks. Knows the document and nothing else.

use std::io::{self, Write};

use super::view::{Client, Document, Server};

pub(super) fn render(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for deployable in document.deployables.iter().filter(|it| document.clients_of(it).next().is_some()) {
        writeln!(out, "  subgraph {}[\"{}\"]", deployable.id, text(&deployable.name))?;
        for client in document.clients_of(deployable) {
            writeln!(out, "    {}[\"{}\"]", client.id, client_label(client))?;
        }
        writeln!(out, "  end")?;
    }
    for server in &document.servers {
        writeln!(out, "  {}[(\"{}\")]", server.id, server_label(server))?;
    }
    for client in &document.clients {
        edge(document, client, out)?;
    }
    classes(document, out)
}

fn edge(document: &Document, client: &Client, out: &mut dyn Write) -> io::Result<()> {
    let Some(server) = document.server_of(client) else { return Ok(()) };
    let shares = server.shares.iter().filter(|share| share.client == client.id);
    let totals: Option<Vec<f64>> = shares.map(|share| share.total).collect();
    let label = match totals.filter(|totals| !totals.is_empty()) {
        Some(totals) => totals.iter().fold(0.0, |sum, total| sum + total).to_string(),
        None if server.unbounded.contains(&client.id) => client.how_often.clone(),
        None => "?".into(),
    };
    writeln!(out, "  {} -->|\"{}\"| {}", client.id, text(&label), server.id)
}

fn classes(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let clients = document.clients.iter().filter(|client| client.rule.is_some()).map(|client| client.id.as_str());
    let servers = document.servers.iter().filter(|server| server.over).map(|server| server.id.as_str());
    let wrong: Vec<&str> = clients.chain(servers).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    writeln!(out, "  classDef wrong stroke:#c4314b,stroke-width:3px")?;
    writeln!(out, "  class {} wrong", wrong.join(","))
}

fn client_label(client: &Client) -> String {
    format!("{}<br/>{}<br/>{}", text(&client.written), text(&client.at()), text(&client.how_often))
}

fn server_label(server: &Server) -> String {
    format!("{}<br/>{}", text(&server.name), text(&server.amount()))
}

/// Quotes and brackets end a label or start markup.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('#', "&#35;")
}
