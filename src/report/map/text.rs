//! The map for a terminal: budgets first, then every client by deployable.
//!
//! Fits the width that it is given; colours only where the caller allows them.

use std::io::{self, Write};

use super::view::{Client, Deployable, Document, Server, Share};
use super::{Screen, count};

/// Entry points that are named; the others are counted.
const NAMED: usize = 5;

pub(super) fn render(document: &Document, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let pen = Pen { screen };
    let summary = &document.summary;
    let clients = count(summary.clients, "client");
    let servers = count(summary.servers, "server");
    let parts = count(summary.deployables, "deployable");
    writeln!(out, "{}: {clients}, {servers}, {parts}", pen.bold(&document.project))?;
    let open =
        |server: &&Server| !server.shares.is_empty() || !server.unbounded.is_empty() || !server.unplaced.is_empty();
    for server in document.servers.iter().filter(open) {
        writeln!(out)?;
        pen.server(document, server, out)?;
    }
    for deployable in document.deployables.iter().filter(|it| document.clients_of(it).next().is_some()) {
        writeln!(out)?;
        pen.deployable(document, deployable, out)?;
    }
    Ok(())
}

struct Pen {
    screen: Screen,
}

impl Pen {
    fn code(&self, code: &str, text: &str) -> String {
        if self.screen.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }

    fn faint(&self, text: &str) -> String {
        self.code("2", text)
    }

    /// Red for what is wrong, yellow for what is near it, green else.
    fn graded(&self, server: &Server, text: &str) -> String {
        let code = match server.allowed {
            Some(_) if server.over => "31",
            Some(allowed) if server.total * 4.0 >= allowed * 3.0 => "33",
            _ => "32",
        };
        self.code(code, text)
    }

    fn server(&self, document: &Document, server: &Server, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.bold(&server.name))?;
        if !server.shares.is_empty() {
            writeln!(out, "  {}", self.bar(server))?;
        }
        self.wrapped(&sum(server), out)?;
        self.wrapped(&allowance(server), out)?;
        for share in &server.shares {
            self.share(document, share, out)?;
        }
        for client in server.unbounded.iter().filter_map(|id| document.client(id)) {
            let line = format!("    + {} {}: one more {}", client.name, client.at(), client.how_often);
            writeln!(out, "{}", self.code("31", &self.cut(&line)))?;
        }
        for client in server.unplaced.iter().filter_map(|id| document.client(id)) {
            let line = format!("    ? {} {}: no entry point in sight  {}", client.name, client.at(), client.numbers());
            writeln!(out, "{}", self.cut(line.trim_end()))?;
        }
        for client in server.scripts.iter().filter_map(|id| document.client(id)) {
            let line = format!("    – {} {}: {}", client.name, client.at(), client.how_often);
            writeln!(out, "{}", self.faint(&self.cut(&line)))?;
        }
        Ok(())
    }

    /// `[██████░░░░] 45 of 97`; beyond the limit the bar is full.
    fn bar(&self, server: &Server) -> String {
        let numbers = server.amount();
        let Some(allowed) = server.allowed.filter(|allowed| *allowed > 0.0) else { return numbers };
        let room = self.screen.width.saturating_sub(numbers.chars().count() + 6).clamp(8, 48);
        let full = ((server.total / allowed).min(1.0) * room as f64).round() as usize;
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(room - full));
        format!("[{}] {}", self.graded(server, &bar), self.graded(server, &numbers))
    }

    fn share(&self, document: &Document, share: &Share, out: &mut dyn Write) -> io::Result<()> {
        let Some(client) = document.client(&share.client) else { return Ok(()) };
        let known = share.total.map_or("?".to_string(), |total| total.to_string());
        let total = if share.instead { "or".to_string() } else { known };
        let place = document.deployable(&share.deployable).filter(|it| it.id != client.deployable);
        let place = place.map_or(String::new(), |it| format!(" in {}", it.name));
        let times = |number: f64, name: &str| if number > 1.0 { format!(" × {number} {name}") } else { String::new() };
        let times = format!("{}{}", times(share.processes, "processes"), times(share.instances, "instances"));
        let line = format!("{total:>5} {} {}{place}{times}  {}", client.name, client.at(), client.numbers());
        writeln!(out, "{}", self.cut(line.trim_end()))
    }

    fn deployable(&self, document: &Document, deployable: &Deployable, out: &mut dyn Write) -> io::Result<()> {
        let clients: Vec<&Client> = document.clients_of(deployable).collect();
        let mut notes = vec![count(clients.len(), "client")];
        notes.extend(deployable.platform.map(String::from));
        if deployable.processes > 1.0 {
            let at = deployable.processes_at.as_ref().map_or(String::new(), |spot| format!(" ({spot})"));
            notes.push(format!("{} processes{at}", deployable.processes));
        }
        let folder = if deployable.folder.is_empty() { String::new() } else { format!(" {}", deployable.folder) };
        writeln!(out, "{}{folder}: {}", self.bold(&deployable.name), notes.join(", "))?;
        for client in clients {
            self.client(document, client, out)?;
        }
        Ok(())
    }

    fn client(&self, document: &Document, client: &Client, out: &mut dyn Write) -> io::Result<()> {
        let wrong = client.rule.map_or(String::new(), |rule| self.code("31", &format!(" [{rule}]")));
        writeln!(out, "  {} {}{wrong}", self.code("36", &client.at()), client.name)?;
        self.line("built", &format!("{} in {}", client.how_often, client.function), out)?;
        if client.pool.per_thread || !client.pool.numbers.is_empty() {
            let most = client.pool.most.map_or(String::new(), |most| format!("up to {most}: "));
            self.line("pool", &format!("{most}{}", client.numbers()), out)?;
        }
        if let Some(server) = document.server_of(client) {
            self.line("server", &server.name, out)?;
        }
        let runs_in = document.runs_in(client);
        if !runs_in.is_empty() {
            self.line("runs", &format!("in {}", runs_in.join(", ")), out)?;
        }
        if client.importers > 0 {
            self.line("used", &format!("imported by {}", count(client.importers as usize, "module")), out)?;
        }
        self.reached(client, out)
    }

    fn reached(&self, client: &Client, out: &mut dyn Write) -> io::Result<()> {
        for reach in client.reached.iter().filter(|reach| !reach.chain.is_empty()) {
            let steps: Vec<String> = reach.chain.iter().map(|step| step.at.to_string()).collect();
            self.line("by", &format!("{}: {}", reach.how_often, steps.join(" > ")), out)?;
        }
        let mut names: Vec<String> =
            client.entries.iter().map(|entry| format!("{} ({})", entry.label, entry.at)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let rest = names.len().saturating_sub(NAMED);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        names.truncate(NAMED);
        self.line("from", &format!("{}{more}", names.join(", ")), out)
    }

    fn line(&self, name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for (at, line) in wrap(text, self.screen.width.saturating_sub(13)).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            writeln!(out, "      {} {line}", self.faint(&format!("{name:6}")))?;
        }
        Ok(())
    }

    fn wrapped(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for line in wrap(text, self.screen.width.saturating_sub(2)) {
            writeln!(out, "  {}", self.faint(&line))?;
        }
        Ok(())
    }

    /// At most as wide as the screen.
    fn cut(&self, line: &str) -> String {
        if line.chars().count() <= self.screen.width {
            return line.to_string();
        }
        let kept: String = line.chars().take(self.screen.width.saturating_sub(1)).collect();
        format!("{kept}…")
    }
}

fn sum(server: &Server) -> String {
    if server.sum.contains('=') { server.sum.clone() } else { String::new() }
}

fn allowance(server: &Server) -> String {
    let told = if server.presumed { " (presumed; connlint.toml can say what yours allows)" } else { "" };
    if server.why.is_empty() { String::new() } else { format!("{}{told}", server.why) }
}

/// Lines of at most `width` columns, broken at blanks; a longer word stays whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_keep_the_width() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
    }
}
