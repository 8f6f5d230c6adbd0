//! The map as one page that needs nothing else: no network, no files beside it.
//!
//! Everything is in the markup; the script only filters. Knows the document and nothing else.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::count;
use super::view::{Client, Deployable, Document, Reach, Server, Share};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const LEGEND: &str = "A bar shows what can be open at once, a segment for each client; its mark stands where the server's limit \
    is. In the lists, <b>or</b>: built instead of another, <b>?</b>: how many is not known, <b>+</b>: one more each time, <b>–</b>: \
    scripts, which add nothing.";
/// Nothing may be fetched, whatever the texts contain.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

pub(super) fn render(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let project = escape(&document.project);
    writeln!(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(out, "<title>{project}: map of connections</title>\n<style>\n{STYLE}</style>\n</head>\n<body>")?;
    header(document, &project, out)?;
    writeln!(out, "<main>")?;
    servers(document, out)?;
    clients(document, out)?;
    writeln!(out, "</main>")?;
    writeln!(out, "<footer>Drawn by connlint {} from the sources alone.</footer>", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn header(document: &Document, project: &str, out: &mut dyn Write) -> io::Result<()> {
    let summary = &document.summary;
    writeln!(
        out,
        "<header>\n<h1>{project}</h1>\n<p class=\"soft\">Map of connections: who builds clients, how often, and what they come to on each server</p>"
    )?;
    writeln!(out, "<ul class=\"facts\">")?;
    for (number, name, wrong) in [
        (summary.clients, "client", false),
        (summary.servers, "server", false),
        (summary.too_often, "client built too often", true),
        (summary.over_budget, "server over budget", true),
    ] {
        let class = if wrong && number > 0 { " class=\"wrong\"" } else { "" };
        let name = if number == 1 {
            name.to_string()
        } else {
            name.replacen("client", "clients", 1).replacen("server", "servers", 1)
        };
        writeln!(out, "<li{class}><strong>{number}</strong> {name}</li>")?;
    }
    writeln!(out, "</ul>\n</header>")
}

fn servers(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    if document.servers.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2 id=\"servers\">Servers</h2>\n<div class=\"servers\">")?;
    for server in &document.servers {
        server_card(document, server, out)?;
    }
    writeln!(out, "</div>\n<p class=\"soft\">{LEGEND}</p>")
}

fn server_card(document: &Document, server: &Server, out: &mut dyn Write) -> io::Result<()> {
    let grade = grade(server);
    let amount = server.amount();
    writeln!(out, "<article class=\"card\" id=\"{}\">", server.id)?;
    writeln!(
        out,
        "<div class=\"top\"><h3>{}</h3><span class=\"amount {grade}\">{amount}</span></div>",
        escape(&server.name)
    )?;
    if let Some(allowed) = server.allowed.filter(|allowed| *allowed > 0.0) {
        bar(document, server, allowed, &amount, out)?;
    }
    if server.sum.contains('=') {
        writeln!(out, "<p><code>{}</code></p>", escape(&server.sum))?;
    }
    if !server.why.is_empty() {
        let presumed =
            if server.presumed { "; presumed, <code>connlint.toml</code> can say what yours allows" } else { "" };
        writeln!(out, "<p class=\"soft\">{}{presumed}</p>", escape(&server.why))?;
    }
    writeln!(out, "<ul class=\"shares\">")?;
    for share in &server.shares {
        share_line(document, share, out)?;
    }
    for client in server.unbounded.iter().filter_map(|id| document.client(id)) {
        let text = format!("{} <span class=\"bad\">one more {}</span>", client_link(client), escape(&client.how_often));
        writeln!(out, "<li><b class=\"bad\">+</b> <span>{text}</span></li>")?;
    }
    for client in server.unplaced.iter().filter_map(|id| document.client(id)) {
        let text = format!("{} <span class=\"soft\">nothing that runs it is known</span>", client_link(client));
        writeln!(out, "<li><b>?</b> <span>{text}</span></li>")?;
    }
    for client in server.scripts.iter().filter_map(|id| document.client(id)) {
        let text = format!("{} <span class=\"soft\">{}</span>", client_link(client), escape(&client.how_often));
        writeln!(out, "<li><b class=\"soft\">–</b> <span>{text}</span></li>")?;
    }
    writeln!(out, "</ul>\n</article>")
}

/// Good, near the limit (from three quarters on), bad; soft where nothing is known.
fn grade(server: &Server) -> &'static str {
    match server.allowed {
        _ if server.total == 0.0 && (server.at_least || server.shares.is_empty()) => "soft",
        Some(_) if server.over => "bad",
        Some(allowed) if server.total * 4.0 >= allowed * 3.0 => "near",
        _ => "good",
    }
}

/// One segment for each share, all of them scaled down together when they are more than is allowed.
fn bar(document: &Document, server: &Server, allowed: f64, amount: &str, out: &mut dyn Write) -> io::Result<()> {
    let whole = allowed.max(server.total);
    let label = format!("{amount} connections");
    write!(out, "<div class=\"bar {}\" role=\"img\" aria-label=\"{}\">", grade(server), escape(&label))?;
    for share in &server.shares {
        let Some(total) = share.total.filter(|total| *total > 0.0) else { continue };
        let title = document.client(&share.client).map_or(String::new(), |client| format!("{total}: {}", client.at()));
        write!(out, "<i style=\"width:{:.2}%\" title=\"{}\"></i>", 100.0 * total / whole, escape(&title))?;
    }
    let limit = 100.0 * allowed / whole;
    writeln!(out, "<u style=\"left:{limit:.2}%\" title=\"the server allows {allowed}\"></u></div>")
}

fn share_line(document: &Document, share: &Share, out: &mut dyn Write) -> io::Result<()> {
    let Some(client) = document.client(&share.client) else { return Ok(()) };
    let known = share.total.map_or("?".to_string(), |total| total.to_string());
    let total = if share.instead { "or".to_string() } else { known };
    let elsewhere = document.deployable(&share.deployable).filter(|it| it.id != client.deployable);
    let place = elsewhere.map_or(String::new(), |it| format!(" in {}", escape(&it.name)));
    let times = |number: f64, name: &str| if number > 1.0 { format!(" × {number} {name}") } else { String::new() };
    let times = format!("{}{}", times(share.processes, "processes"), times(share.instances, "instances"));
    writeln!(out, "<li><b>{total}</b> <span>{}{place}{times}</span></li>", client_link(client))
}

fn client_link(client: &Client) -> String {
    format!("<a href=\"#{}\">{}</a> <code>{}</code>", client.id, escape(&client.written), escape(&client.at()))
}

fn clients(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"clients\">Clients</h2>")?;
    tools(document, out)?;
    for deployable in &document.deployables {
        group(document, deployable, out)?;
    }
    let hidden = if document.clients.is_empty() { "" } else { " hidden" };
    writeln!(out, "<p class=\"none\" id=\"none\"{hidden}>No client fits.</p>")
}

/// Hidden until the script runs: without it there is nothing to filter with.
fn tools(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<div class=\"tools\" role=\"search\" hidden>")?;
    writeln!(
        out,
        "<label class=\"search\">Search<input id=\"search\" type=\"search\" placeholder=\"name, path, entry point\"></label>"
    )?;
    writeln!(out, "<label>Built<select id=\"often\"><option value=\"\">any</option>")?;
    if document.summary.too_often > 0 {
        writeln!(out, "<option value=\"wrong\">too often</option>")?;
    }
    let often: BTreeSet<&str> = document.clients.iter().map(|client| client.how_often.as_str()).collect();
    for name in often {
        writeln!(out, "<option>{}</option>", escape(name))?;
    }
    writeln!(out, "</select></label>\n<label>Server<select id=\"server\"><option value=\"\">any</option>")?;
    for server in &document.servers {
        writeln!(out, "<option value=\"{}\">{}</option>", server.id, escape(&server.name))?;
    }
    writeln!(
        out,
        "</select></label>\n<span id=\"told\" class=\"soft\" role=\"status\" aria-live=\"polite\"></span>\n</div>"
    )
}

fn group(document: &Document, deployable: &Deployable, out: &mut dyn Write) -> io::Result<()> {
    let clients: Vec<&Client> = document.clients_of(deployable).collect();
    if clients.is_empty() {
        return Ok(());
    }
    let mut notes = vec![count(clients.len(), "client")];
    notes.extend(deployable.platform.map(String::from));
    if deployable.processes > 1.0 {
        let at = deployable.processes_at.as_ref().map_or(String::new(), |spot| format!(" ({spot})"));
        notes.push(format!("{} processes{at}", deployable.processes));
    }
    writeln!(out, "<section class=\"group\" aria-label=\"{}\">", escape(&deployable.name))?;
    writeln!(
        out,
        "<div class=\"top\"><h3>{}</h3> <span class=\"soft\"><code>{}</code> {}</span></div>",
        escape(&deployable.name),
        escape(&deployable.folder),
        escape(&notes.join(", "))
    )?;
    for client in clients {
        client_row(document, client, out)?;
    }
    writeln!(out, "</section>")
}

fn client_row(document: &Document, client: &Client, out: &mut dyn Write) -> io::Result<()> {
    let server = document.server_of(client);
    let rule = client.rule.unwrap_or_default();
    let bad = if client.rule.is_some() { " bad" } else { "" };
    writeln!(
        out,
        "<details class=\"client\" id=\"{}\" data-text=\"{}\" data-often=\"{}\" data-server=\"{}\" data-rule=\"{rule}\">",
        client.id,
        escape(&haystack(client).to_lowercase()),
        escape(&client.how_often),
        client.server.as_deref().unwrap_or_default(),
    )?;
    let most = client.pool.most.map(|most| match most {
        1.0 => "1 connection".to_string(),
        most => format!("up to {most} connections"),
    });
    let thread = client.pool.per_thread.then(|| "1 connection a thread".to_string());
    let at = server.map(|server| escape(&server.name));
    let last: Vec<String> = most.or(thread).into_iter().chain(at).collect();
    writeln!(
        out,
        "<summary><span class=\"name\">{}<span class=\"place\">{}</span></span><span><span class=\"chip{bad}\">{}</span></span><span class=\"soft\">{}</span></summary>",
        escape(&client.written),
        escape(&client.at()),
        escape(&client.how_often),
        last.join("<br>"),
    )?;
    writeln!(out, "<div class=\"inner\"><dl>")?;
    row("kind", &format!("{}, built in <code>{}</code>", client.kind, escape(&client.function)), out)?;
    if client.rule.is_some() {
        row("finding", &format!("<code class=\"bad\">{rule}</code>"), out)?;
    }
    for number in &client.pool.numbers {
        row("pool", &format!("<code>{}</code>", escape(&number.text())), out)?;
    }
    if let Some(server) = server {
        row("server", &format!("<a href=\"#{}\">{}</a>", server.id, escape(&server.name)), out)?;
    }
    uses(document, client, out)?;
    writeln!(out, "</dl></div>\n</details>")
}

fn uses(document: &Document, client: &Client, out: &mut dyn Write) -> io::Result<()> {
    let runs_in = document.runs_in(client);
    if !runs_in.is_empty() {
        row("runs in", &escape(&runs_in.join(", ")), out)?;
    }
    if client.importers > 0 {
        row("used", &format!("its module is imported by {}", count(client.importers as usize, "module")), out)?;
    }
    for reach in client.reached.iter().filter(|reach| !reach.chain.is_empty()) {
        chain(reach, out)?;
    }
    if client.entries.is_empty() {
        return Ok(());
    }
    let one = |entry: &super::view::Entry| {
        format!("<li>{} <code class=\"soft\">{}</code></li>", escape(&entry.label), escape(&entry.at.to_string()))
    };
    let all: String = client.entries.iter().map(one).collect();
    row("entry points", &format!("<ul class=\"entries\">{all}</ul>"), out)
}

fn chain(reach: &Reach, out: &mut dyn Write) -> io::Result<()> {
    let step = |step: &super::view::Step| {
        format!("<li>{} <code class=\"soft\">{}</code></li>", ticks(&step.message), escape(&step.at.to_string()))
    };
    let steps: String = reach.chain.iter().map(step).collect();
    let weak = if reach.weak { " <span class=\"soft\">(a step was found by name alone)</span>" } else { "" };
    row("reached", &format!("{}{weak}<ol class=\"chain\">{steps}</ol>", escape(&reach.how_often)), out)
}

fn row(name: &str, html: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dt>{name}</dt><dd>{html}</dd>")
}

/// What the search looks through.
fn haystack(client: &Client) -> String {
    let entries: Vec<&str> = client.entries.iter().map(|entry| entry.label.as_str()).collect();
    let parts = [&client.written, &client.path, &client.function, client.kind, &client.service, &client.how_often];
    format!("{} {}", parts.join(" "), entries.join(" "))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Words between backticks become code.
fn ticks(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{escape, ticks};

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(escape("<img src=\"x\" onerror='y'>&"), "&lt;img src=&quot;x&quot; onerror=&#39;y&#39;&gt;&amp;");
        assert_eq!(ticks("`a<b>` is called"), "<code>a&lt;b&gt;</code> is called");
    }
}
